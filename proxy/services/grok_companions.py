"""Grok companions: voice over WebRTC in the phone apps."""

NAME = "grok_companions"
HOSTS: tuple[str, ...] = ()
PATHS: tuple[str, ...] = ()
FRAMING = "none"
LAST_VERIFIED = "2026-08"
KIND = "infeasible"
CONFIDENCE = "unknown"
NOTE = "Audio only, on the same hosts as Grok: contact and minutes only."
