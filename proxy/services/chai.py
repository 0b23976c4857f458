"""Chai: a phone app without a web chat."""

NAME = "chai"
HOSTS = ("www.chai-research.com",)
PATHS: tuple[str, ...] = ()
FRAMING = "none"
LAST_VERIFIED = "2026-08"
KIND = "infeasible"
CONFIDENCE = "unknown"
NOTE = "The app is assumed to pin its certificate: contact and minutes only."
