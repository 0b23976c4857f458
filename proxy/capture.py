"""Which of a listed host's traffic is copied: plain rules over names and values, and the challenge pages."""

from collections.abc import Callable

from proxy.exchange import Head

# Fetch metadata (W3C Fetch Metadata, Sec-Fetch-Dest) of what a chat's words travel in; programs send none.
_DESTINATIONS = frozenset({"", "empty", "websocket"})
_METHODS_SKIPPED = frozenset({"HEAD", "OPTIONS", "CONNECT", "TRACE"})
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_TYPES_SKIPPED = (
    "image/",
    "video/",
    "audio/",
    "font/",
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/x-javascript",
    "application/wasm",
    "application/pdf",
    "application/zip",
    "application/font",
)
_UPLOADS = ("multipart/", "image/", "video/", "audio/")
_CHALLENGE_STATUS = frozenset({403, 429, 503})
_CHALLENGE_WORDS = b"just a moment"
CHALLENGE_PEEK = 4096


def carries_chat(method: str, destination: str) -> bool:
    """Whether a request to a listed host may carry a chat: not a page, script, picture or preflight."""
    return method.upper() not in _METHODS_SKIPPED and destination.lower() in _DESTINATIONS


def has_body(method: str) -> bool:
    """Whether the exchange is announced at its request; others wait for a response worth copying."""
    return method.upper() in _BODY_METHODS


def is_upload(content_type: str) -> bool:
    """Whether a request body is a file and not words."""
    return content_type.lower().startswith(_UPLOADS)


def is_words(head: Head) -> bool:
    """Whether a response body may hold a chat's words."""
    return not head.content_type.lower().startswith(_TYPES_SKIPPED)


def may_challenge(head: Head) -> bool:
    """Whether this response may be the page with which bot protection turns a client away."""
    return head.status in _CHALLENGE_STATUS and head.content_type.lower().startswith("text/html")


def is_challenge(start: bytes | bytearray) -> bool:
    """Whether a page that begins so is such a page."""
    return _CHALLENGE_WORDS in start[:CHALLENGE_PEEK].lower()


def watch_for_challenge(found: Callable[[], None]) -> Callable[[bytes], bytes]:
    """A stream callable that passes a page on and calls `found` once when it begins like a challenge."""
    start = bytearray()
    done = False

    def look(data: bytes) -> bytes:
        nonlocal done
        if not done and data:
            start.extend(data[:CHALLENGE_PEEK])
            if is_challenge(start):
                found()
            done = is_challenge(start) or len(start) >= CHALLENGE_PEEK
        return data

    return look
