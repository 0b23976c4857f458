"""Safe reading of parsed JSON whose shape nobody promised."""

import re
from datetime import UTC, datetime
from typing import Any

from proxy.message import Role

_USER = {"user", "human", "customer"}
_ASSISTANT = {"assistant", "ai", "bot", "model", "agent", "robot"}
_SURROGATE = re.compile("[\ud800-\udfff]")


def pick(value: Any, *path: str | int) -> Any:
    """Follow keys and list positions; None where the path does not exist."""
    for step in path:
        if isinstance(step, str):
            if not isinstance(value, dict):
                return None
            value = value.get(step)
        else:
            if not isinstance(value, list) or not -len(value) <= step < len(value):
                return None
            value = value[step]
    return value


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def dict_of(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def dicts_of(value: Any) -> list[dict[str, Any]]:
    return [item for item in list_of(value) if isinstance(item, dict)]


def ident(value: Any) -> str | None:
    """An id of the wire: numbers become strings, anything else but text is no id."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def role_of(value: Any) -> Role | None:
    name = text_of(value).lower()
    if name in _USER:
        return "user"
    return "assistant" if name in _ASSISTANT else None


def seconds_of(value: Any) -> float | None:
    """Unix seconds of a time on the wire: ISO 8601 text, seconds, milliseconds or microseconds."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return seconds_of(float(value)) if value.isdigit() and len(value) < 18 else None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e17:
        while value > 1e11:
            value /= 1000
        return float(value)
    return None


def when_of(value: Any) -> str:
    """The same as text that sorts by time; empty where there is none."""
    seconds = seconds_of(value)
    return f"{seconds:020.6f}" if seconds is not None else ""


def has_surrogate(text: str) -> bool:
    return not text.isascii() and _SURROGATE.search(text) is not None


def join_surrogates(text: str) -> str:
    """Pairs that JSON escapes of two pieces cut apart become one character; a lone half becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def parts_text(content: Any, *types: str) -> str:
    """Text of a `content` that is a string or a list of parts; parts of another type than `types` are left out.

    A part without a type counts as text, and a plain string in the list too.
    """
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        content = [content]
    pieces = []
    for part in list_of(content):
        if isinstance(part, str):
            pieces.append(part)
        elif isinstance(part, dict) and part.get("type", "text") in types:
            pieces.append(text_of(part.get("text")))
    return "".join(pieces)
