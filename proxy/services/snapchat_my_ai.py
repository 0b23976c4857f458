"""Snapchat My AI: a pinned app protocol."""

NAME = "snapchat_my_ai"
HOSTS = ("*.snapchat.com",)
PATHS: tuple[str, ...] = ()
FRAMING = "none"
LAST_VERIFIED = "2026-08"
KIND = "infeasible"
CONFIDENCE = "unknown"
NOTE = "The protocol is the app's own and its certificate is pinned: contact and minutes only."
