"""The message: what one speaker said in one conversation, as far as it is known now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["user", "assistant"]
Confidence = Literal["high", "low"]
Source = Literal["proxy", "page", "cli"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance without identity: context for scoring."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """State of one message. A growing answer is a series of these with the same `slot`.

    text: exactly the characters spoken so far, never hidden reasoning or tool traffic.
    conversation_id, message_id: what the wire says, else None; never invented by a decoder.
    slot: unique inside one exchange; same slot = same message, later state replaces earlier.
    final: the service said that this message is finished.
    replayed: an old message that a history endpoint or a reconnect sent again: context, never scored.
    history: earlier turns that the same request replayed (stateless APIs), oldest first, without
        this message and, on an answer, including the user turn that it answers.
    choice: index of the answer when one request produced several side by side.
    version: counts edits and regenerations of the same message id that this exchange showed.
    signals: age, content-level and danger evidence from the wire, name -> value.
    """

    service: str
    role: Role
    text: str
    slot: str
    conversation_id: str | None = None
    message_id: str | None = None
    choice: int | None = None
    version: int = 0
    reasoning: str = ""
    final: bool = False
    replayed: bool = False
    confidence: Confidence = "high"
    persona: str | None = None
    history: tuple[Turn, ...] = ()
    signals: Mapping[str, str] = field(default_factory=dict)
    source: Source = "proxy"
