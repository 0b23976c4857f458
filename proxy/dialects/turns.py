"""The message list that a stateless service gets with every request."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from proxy.dialects.pick import dicts_of, parts_text, role_of
from proxy.message import Turn

MAX_TURNS = 200
TEXT_PARTS = ("text", "input_text", "output_text", "refusal")


@dataclass(frozen=True, slots=True)
class Replay:
    """user: the newest turn of the person, None where the last one held no words.

    before: the turns before it; all: every spoken turn of the list, for the answer. Both oldest first.
    """

    user: str | None
    before: tuple[Turn, ...]
    all: tuple[Turn, ...]


def replay(messages: Any, content: str = "content", types: Sequence[str] = TEXT_PARTS) -> Replay:
    """Read a list of `{role, content}`; other roles and other kinds of parts are left out."""
    turns: list[Turn] = []
    last: int | None = None
    for message in dicts_of(messages):
        role = role_of(message.get("role"))
        if role is None:
            continue
        text = parts_text(message.get(content), *types)
        if role == "user":
            last = len(turns) if text else None
        if text:
            turns.append(Turn(role, text))
    if last is None:
        return Replay(None, tuple(turns[-MAX_TURNS:]), tuple(turns[-MAX_TURNS:]))
    return Replay(turns[last].text, tuple(turns[:last][-MAX_TURNS:]), tuple(turns[-MAX_TURNS:]))
