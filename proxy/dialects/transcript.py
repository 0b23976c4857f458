"""The messages of one flow while they grow."""

from collections import Counter
from typing import Any

from proxy.dialects.pick import has_surrogate, join_surrogates
from proxy.message import Confidence, Message, Role, Source, Turn

MAX_MESSAGES = 20_000
MAX_TEXT = 4 * 1024 * 1024


class Draft:
    """One message that may still change. Every change goes through a method, so that the transcript notices it."""

    __slots__ = (
        "_surrogates",
        "_transcript",
        "choice",
        "confidence",
        "conversation_id",
        "final",
        "history",
        "message_id",
        "number",
        "persona",
        "reasoning",
        "replayed",
        "role",
        "signals",
        "slot",
        "text",
        "version",
        "when",
    )

    def __init__(self, transcript: "Transcript", slot: str, role: Role, number: int) -> None:
        self._transcript = transcript
        self._surrogates = False
        self.slot = slot
        self.role: Role = role
        self.number = number
        self.text = ""
        self.reasoning = ""
        self.final = role == "user"
        self.conversation_id: str | None = None
        self.message_id: str | None = None
        self.choice: int | None = None
        self.version = 0
        self.replayed = False
        self.confidence: Confidence = "high"
        self.persona: str | None = None
        self.history: tuple[Turn, ...] = ()
        self.signals: dict[str, str] = {}
        self.when = ""

    def append(self, piece: str) -> None:
        if piece and len(self.text) < MAX_TEXT:
            self._surrogates = self._surrogates or has_surrogate(piece)
            self.text += piece
            self._transcript.touch(self)

    def assign(self, text: str, revise: bool = False) -> None:
        """Replace the whole text. revise: a finished text that becomes another one is a new version."""
        text = text[:MAX_TEXT]
        if text == self.text:
            return
        if text.startswith(self.text):
            self._surrogates = self._surrogates or has_surrogate(text[len(self.text) :])
        else:
            self._surrogates = has_surrogate(text) or has_surrogate(self.reasoning)
            self.version += revise and self.final
        self.text = text
        self._transcript.touch(self)

    def think(self, piece: str) -> None:
        """Append hidden reasoning."""
        if piece and len(self.reasoning) < MAX_TEXT:
            self._surrogates = self._surrogates or has_surrogate(piece)
            self.reasoning += piece
            self._transcript.touch(self)

    def set(self, **fields: Any) -> None:
        """Set plain fields; None leaves an id, persona or choice as it is."""
        for name, value in fields.items():
            if value is not None and getattr(self, name) != value:
                setattr(self, name, value)
                self._surrogates = self._surrogates or (name == "reasoning" and has_surrogate(value))
                self._transcript.touch(self)

    def signal(self, name: str, value: str) -> None:
        if self.signals.get(name) != value:
            self.signals[name] = value
            self._transcript.touch(self)

    def message(self, service: str, source: Source) -> Message:
        text = join_surrogates(self.text) if self._surrogates else self.text
        reasoning = join_surrogates(self.reasoning) if self._surrogates else self.reasoning
        return Message(
            service=service, role=self.role, text=text, slot=self.slot, conversation_id=self.conversation_id,
            message_id=self.message_id, choice=self.choice, version=self.version, reasoning=reasoning, final=self.final,
            replayed=self.replayed, confidence=self.confidence, persona=self.persona, history=self.history,
            signals=dict(self.signals), source=source,
        )  # fmt: skip


class Transcript:
    """Drafts by slot, in order of first appearance.

    A draft without text is no message; one that lost its text after it had been told is told again, empty.
    """

    def __init__(self, service: str, source: Source = "proxy") -> None:
        self.service = service
        self.source: Source = source
        self.misses: Counter[str] = Counter()
        self.conversation_id: str | None = None
        self.persona: str | None = None
        self._drafts: dict[str, Draft] = {}
        self._touched: dict[str, Draft] = {}
        self._told: dict[str, Message] = {}

    def draft(self, slot: str, role: Role, **fields: Any) -> Draft:
        """The draft of this slot, made where it does not exist; `fields` as for Draft.set."""
        draft = self._drafts.get(slot)
        if draft is None:
            draft = Draft(self, slot, role, len(self._drafts))
            draft.conversation_id = self.conversation_id
            draft.persona = self.persona
            if len(self._drafts) < MAX_MESSAGES:
                self._drafts[slot] = draft
        draft.set(**fields)
        return draft

    def get(self, slot: str) -> Draft | None:
        return self._drafts.get(slot)

    def drafts(self) -> list[Draft]:
        return list(self._drafts.values())

    def touch(self, draft: Draft) -> None:
        if self._drafts.get(draft.slot) is draft:
            self._touched[draft.slot] = draft

    def miss(self, reason: str, count: int = 1) -> None:
        if count:
            self.misses[reason] += count

    def name_conversation(self, conversation_id: str | None, persona: str | None = None) -> None:
        """Give the id to every message of the flow that has none yet, and to those that follow."""
        if conversation_id and conversation_id != self.conversation_id:
            self.conversation_id = conversation_id
            for draft in self._drafts.values():
                if draft.conversation_id is None:
                    draft.set(conversation_id=conversation_id)
        if persona and persona != self.persona:
            self.persona = persona
            for draft in self._drafts.values():
                if draft.persona is None:
                    draft.set(persona=persona)

    def changed(self, keep: bool = False) -> list[Message]:
        """Messages that differ from what was told before, each in its present state. keep: tell them again later."""
        if not self._touched:
            return []
        news = []
        for slot, draft in self._touched.items():
            told = self._told.get(slot)
            if not draft.text and told is None:
                continue
            message = draft.message(self.service, self.source)
            if message != told:
                news.append(message)
        if not keep:
            self._told |= {message.slot: message for message in news}
            self._touched = {}
        return news

    def has(self, role: Role) -> bool:
        return any(draft.role == role and draft.text for draft in self._drafts.values())

    def messages(self) -> list[Message]:
        """All messages: old ones that carry a time first, by that time, then the others by first appearance."""
        drafts = [draft for draft in self._drafts.values() if draft.text]
        old = sorted((draft for draft in drafts if draft.when), key=lambda draft: draft.when)
        return [draft.message(self.service, self.source) for draft in [*old, *(d for d in drafts if not d.when)]]
