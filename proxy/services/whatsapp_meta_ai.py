"""Meta AI inside WhatsApp, Instagram and Messenger."""

NAME = "whatsapp_meta_ai"
HOSTS = ("*.whatsapp.net", "*.facebook.com", "*.instagram.com")
PATHS: tuple[str, ...] = ()
FRAMING = "none"
LAST_VERIFIED = "2026-08"
KIND = "infeasible"
CONFIDENCE = "unknown"
NOTE = "End-to-end encrypted or pinned: never decrypted, contact only."
