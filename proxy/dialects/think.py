"""Inline reasoning: `<think>…</think>` at the start of what an open-weight model sends as content."""

import re
from typing import Literal

_OPEN = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_CLOSE = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_TAGS = ("<think>", "<thinking>")
_LONGEST_CLOSE = len("</thinking>")


def split_think(text: str) -> tuple[str, str]:
    """(speech, reasoning) of a whole text. A tag that never closes makes everything reasoning."""
    splitter = ThinkSplitter()
    speech, reasoning = splitter.feed(text)
    rest, more = splitter.flush()
    return speech + rest, reasoning + more


class ThinkSplitter:
    """The same for text that arrives in pieces: `feed(piece) -> (speech, reasoning)`.

    Holds back only what may still become a tag. White space around the block goes with the reasoning.
    """

    __slots__ = ("_held", "_seen", "_state")

    def __init__(self) -> None:
        self._state: Literal["start", "inside", "speech"] = "start"
        self._held = ""
        self._seen = False

    def feed(self, piece: str) -> tuple[str, str]:
        if self._state == "speech":
            return piece, ""
        text = self._held + piece
        self._held = ""
        reasoning = ""
        while True:
            if self._state == "start":
                body = text.lstrip()
                match = _OPEN.match(body)
                if match:
                    self._state, self._seen = "inside", True
                    text = body[match.end() :]
                    continue
                if not body or any(tag.startswith(body.lower()) for tag in _TAGS):
                    self._held = text
                    return "", reasoning
                self._state = "speech"
                return (body if self._seen else text), reasoning
            match = _CLOSE.search(text)
            if match:
                reasoning += text[: match.start()]
                text = text[match.end() :]
                self._state = "start"
                continue
            keep = _partial_close(text)
            self._held = text[len(text) - keep :] if keep else ""
            return "", reasoning + text[: len(text) - keep]

    def flush(self) -> tuple[str, str]:
        held, self._held = self._held, ""
        if self._state == "inside":
            return "", held
        self._state = "speech"
        return (held.lstrip() if self._seen else held), ""


def _partial_close(text: str) -> int:
    """Length of a tail that may be the beginning of a closing tag."""
    position = text.rfind("<", max(0, len(text) - _LONGEST_CLOSE))
    tail = text[position:].lower() if position >= 0 else ""
    return len(tail) if tail and any(tag.startswith(tail) for tag in ("</think>", "</thinking>")) else 0
