"""Bytes to messages: the proxy, its link, and the service decoders."""
