"""HTTP and WebSocket interface on loopback."""
