"""Rows as the pipeline hands them over: one Batch is one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Retraction = Literal["regenerated", "withdrawn", "rescored", "dismissed"]


@dataclass(frozen=True, slots=True)
class MessageKey:
    """Which message of which person. choice: 0 where a request has one answer."""

    profile: str
    service: str
    conversation_id: str
    message_id: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class ConversationRow:
    profile: str
    service: str
    conversation_id: str
    host: str
    persona: str | None = None
    not_scored: str | None = None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """scores: label -> probability. opening, chain: see backend.store.tables."""

    key: MessageKey
    role: str
    version: int
    final: bool
    source: str
    confidence: str
    t: float
    scores: Mapping[str, float]
    model: str
    position: int | None = None
    chain: bytes | None = None
    opening: bytes | None = None
    mark: bytes | None = None
    """When set, the message is judged to its end: written to `seen` in the same transaction."""


@dataclass(frozen=True, slots=True)
class TrendRow:
    profile: str
    service: str
    conversation_id: str
    model: str
    state: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    """payload: the alert as JSON without quote. rank: order of severity, higher is graver."""

    key: MessageKey
    alert_id: str
    version: int
    rule: str
    severity: str
    source: str
    provisional: bool
    payload: str
    quote: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Which alerts of a message no longer apply.

    keep: ids that the present scores carry (their provisional mark is removed).
    below_version: alerts of older versions go with reason `regenerated`.
    withdrawn: the text changed: alerts of this version outside `keep` go with this reason.
    Otherwise only provisional ones outside `keep` go, with reason `rescored`.
    """

    key: MessageKey
    keep: frozenset[str]
    below_version: int
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Rename:
    """The wire told the conversation's id after some of it had been written under a derived one."""

    profile: str
    service: str
    old: str
    new: str


@dataclass(slots=True)
class Batch:
    """What one step of one exchange writes, all or nothing."""

    profile: str
    rename: Rename | None = None
    conversation: ConversationRow | None = None
    messages: list[MessageRow] = field(default_factory=list)
    trends: list[TrendRow] = field(default_factory=list)
    alerts: list[AlertRow] = field(default_factory=list)
    settle: list[Settle] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.rename or self.conversation or self.messages or self.trends or self.alerts or self.settle)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the feed. seq: None when it could not be recorded. body: what goes on the wire, without seq."""

    seq: int | None
    profile: str
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class MessageState:
    """What is known of a message that was met before."""

    version: int
    final: bool
    opening: bytes | None
    source: str


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where a stateless conversation stood after a certain message."""

    service: str
    conversation_id: str
    position: int
    tip: bool
    """No later message of that conversation is known."""


@dataclass(frozen=True, slots=True)
class Client:
    """A paired client. role: owner, watched or guardian."""

    client: str
    profile: str
    role: str
    name: str
