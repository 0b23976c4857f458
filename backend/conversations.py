"""Which conversation and which message: the wire's ids verbatim, else ids derived with the install key.

A stateless service replays the conversation in every request. Its chain is an HMAC over (role, text) of all messages
so far, started from (profile, service, host), so that two people never share one. A request continues the conversation
that stands at the chain of its history; where another user turn already follows there, it is a branch; where nothing
fits, a start. Ids of starts and branches include the exchange, which the proxy names again after a reconnect: a replay
finds the same ids, two talks that both begin with "hi" do not.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from backend.store.keys import InstallKey
from backend.store.records import ChainEnd, MessageKey
from classifiers.trend import TrendState
from proxy.exchange import ExchangeMeta
from proxy.message import Message, Turn

RECENT_TURNS = 24
CONVERSATIONS_IN_MEMORY = 1000
TAIL = 60
"""Characters that two turns must have together to be told from those of another conversation."""
OPENING = 48
"""Characters from which on the beginning of an answer is told apart from that of another one."""


@dataclass(slots=True)
class Conversation:
    """What is kept in memory of one conversation. turns: by (message id, choice), oldest first.

    live: it goes on now, so old transcripts add nothing. proxied: the proxy reads it, so pages add nothing.
    """

    profile: str
    service: str
    conversation_id: str
    host: str
    persona: str | None = None
    turns: OrderedDict[tuple[str, int], Turn] = field(default_factory=OrderedDict)
    signals: dict[str, str] = field(default_factory=dict)
    trend: TrendState | None = None
    trend_t: float = 0.0
    live: bool = False
    proxied: bool = False
    open_exchanges: int = 0
    last_position: int = -1

    def remember(self, message_id: str, choice: int, turn: Turn) -> None:
        """Keep a turn as context for the next ones. Known ones keep their place."""
        self.turns[(message_id, choice)] = turn
        while len(self.turns) > RECENT_TURNS:
            self.turns.popitem(last=False)

    def turns_before(self, message_id: str) -> list[Turn]:
        """The kept turns before a message; all of them when it is new."""
        found = []
        for (known, choice), turn in self.turns.items():
            if known == message_id:
                break
            if choice == 0:
                found.append(turn)
        return found


@dataclass(slots=True)
class Thread:
    """Where one exchange stands: its conversation; in a stateless one, position and chain of its newest user turn."""

    meta: ExchangeMeta
    profile: str
    conversation: Conversation | None = None
    derived: bool = False
    position: int | None = None
    chain: bytes | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A message with its identity. renamed_from: the derived id that the wire's id replaces from now on.

    chain: of a stateless conversation up to and with the newest user turn.
    """

    conversation: Conversation
    key: MessageKey
    position: int | None
    chain: bytes | None
    renamed_from: str | None = None


class Lookup(Protocol):
    """What is known from before this process started."""

    async def chain_end(self, profile: str, chain: bytes) -> ChainEnd | None: ...
    async def conversation_exists(self, profile: str, service: str, conversation_id: str) -> bool: ...


class Conversations:
    """The conversations in memory, the least recently used ones dropped."""

    def __init__(self, key: InstallKey, limit: int = CONVERSATIONS_IN_MEMORY) -> None:
        self._key = key
        self._limit = limit
        self._known: OrderedDict[tuple[str, str, str], Conversation] = OrderedDict()
        self._judged: OrderedDict[bytes, None] = OrderedDict()
        self._chains: OrderedDict[bytes, tuple[str, str, int]] = OrderedDict()

    def get(self, profile: str, service: str, conversation_id: str, host: str) -> Conversation:
        """The conversation, made when it is new."""
        name = (profile, service, conversation_id)
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = Conversation(profile, service, conversation_id, host)
        self._known.move_to_end(name)
        while len(self._known) > self._limit:
            self._known.popitem(last=False)
        return found

    def rename(self, conversation: Conversation, new_id: str) -> Conversation:
        """Continue a derived conversation under the wire's id; what that one knows already stays."""
        target = self.get(conversation.profile, conversation.service, new_id, conversation.host)
        for (message_id, choice), turn in conversation.turns.items():
            target.turns.setdefault((message_id, choice), turn)
        target.signals = {**conversation.signals, **target.signals}
        target.trend = target.trend or conversation.trend
        target.trend_t = max(target.trend_t, conversation.trend_t)
        target.persona = target.persona or conversation.persona
        target.live = target.live or conversation.live
        target.proxied = target.proxied or conversation.proxied
        self._known.pop((conversation.profile, conversation.service, conversation.conversation_id), None)
        return target

    def forget(self, profile: str) -> None:
        """Drop everything about a profile."""
        for name in [name for name in self._known if name[0] == profile]:
            del self._known[name]
        self._chains.clear()
        self._judged.clear()

    def base(self, profile: str, service: str, host: str) -> bytes:
        """Chain of an empty conversation."""
        return self._key.digest("chain", profile, service, host)

    def chain(self, before: bytes, turns: Sequence[Turn]) -> bytes:
        """The chain after more turns. White space is folded: clients send answers back with ends trimmed."""
        for turn in turns:
            before = self._key.digest(before, turn.role, " ".join(turn.text.split()))
        return before

    def mark(self, key: MessageKey, text: str) -> bytes:
        """The seen-mark of exactly this text of this message."""
        return self._key.digest("seen", key.service, key.conversation_id, key.message_id, key.choice, text)

    def opening(self, key: MessageKey, text: str) -> bytes | None:
        """HMAC of the first characters of a message, None while there are too few."""
        return self._key.digest("opening", key.conversation_id, text[:OPENING]) if len(text) >= OPENING else None

    def alert_id(self, key: MessageKey, version: int, rule: str, severity: str, start: int) -> str:
        """The id of an alert: the same sentence under the same rule gives the same id."""
        parts = (
            key.profile,
            key.service,
            key.conversation_id,
            key.message_id,
            key.choice,
            version,
            rule,
            severity,
            start,
        )
        return self._key.identifier("alert", *parts).lstrip("~")

    def was_judged(self, mark: bytes) -> bool:
        """Judged by this process, whatever the store could record."""
        return mark in self._judged

    def note_judged(self, mark: bytes) -> None:
        """Remember a judged text, the last twenty thousand of them."""
        self._judged[mark] = None
        while len(self._judged) > 20_000:
            self._judged.popitem(last=False)

    def note_chain(self, conversation: Conversation, chain: bytes, position: int) -> None:
        """Remember where a stateless conversation stands after a message."""
        conversation.last_position = max(conversation.last_position, position)
        self._chains[chain] = (conversation.service, conversation.conversation_id, position)
        self._chains.move_to_end(chain)
        while len(self._chains) > 20_000:
            self._chains.popitem(last=False)

    async def place(self, thread: Thread, message: Message, lookup: Lookup) -> Placed:
        """Give a message its conversation and its id."""
        renamed_from = None
        if message.conversation_id is not None:
            present = thread.conversation
            if present is not None and thread.derived and present.service == message.service:
                renamed_from = present.conversation_id
                thread.conversation = self.rename(present, message.conversation_id)
            else:
                thread.conversation = self.get(
                    thread.profile, message.service, message.conversation_id, thread.meta.host
                )
            thread.derived, thread.position, thread.chain = False, None, None
        elif thread.conversation is None or _new_turn(thread, message):
            await self._derive(thread, message, lookup)
        conversation = thread.conversation
        assert conversation is not None
        position, chain = None, None
        if thread.position is not None and thread.chain is not None:
            position, chain = thread.position + (message.role == "assistant"), thread.chain
        if message.message_id:
            message_id = message.message_id
        elif position is not None:
            message_id = self._key.identifier("message", conversation.conversation_id, position, message.role)
        else:
            message_id = self._key.identifier(
                "message", conversation.conversation_id, thread.meta.exchange_id, message.slot, message.role
            )
        key = MessageKey(thread.profile, message.service, conversation.conversation_id, message_id, message.choice or 0)
        return Placed(conversation, key, position, chain, renamed_from)

    async def _derive(self, thread: Thread, message: Message, lookup: Lookup) -> None:
        """Find the conversation of a message whose wire names none."""
        meta, profile, service = thread.meta, thread.profile, message.service
        base = self.base(profile, service, meta.host)
        thread.derived = True
        if not message.history and (message.confidence == "low" or meta.kind == "websocket" or message.role != "user"):
            # no history to go by: one conversation for this address
            found = self._key.identifier("path", base, meta.safe_path)
            thread.conversation = self.get(profile, service, found, meta.host)
            return
        history = list(message.history)
        if message.role == "user":
            history.append(Turn("user", message.text))
        elif history[-1].role != "user":
            history.append(Turn("user", ""))
        before, turn = self.chain(base, history[:-1]), history[-1]
        thread.chain = self.chain(before, [turn])
        own = self._key.identifier("start", thread.chain, meta.exchange_id)
        if await self._exists(lookup, profile, service, own):
            found, thread.position = own, len(history) - 1
        else:
            same = await self._find(lookup, profile, thread.chain)
            there = await self._before(lookup, profile, base, before, history) if len(history) > 1 else None
            if len(history) == 1 and same is not None and same.tip and not self._is_open(profile, same):
                # the first turn, again, with no answer in between: a client that tried once more
                found, thread.position = same.conversation_id, same.position
            elif len(history) > 1 and same is not None:
                found, thread.position = same.conversation_id, same.position
            elif there is not None and there.tip:
                found, thread.position = there.conversation_id, there.position + 1
            else:
                found, thread.position = own, len(history) - 1
                if there is not None:
                    self._branch(profile, service, there, own, meta.host)
        thread.conversation = self.get(profile, service, found, meta.host)

    async def _before(
        self, lookup: Lookup, profile: str, base: bytes, before: bytes, history: Sequence[Turn]
    ) -> ChainEnd | None:
        """Where the history of a request ends. Clients that drop the oldest turns are found by the newest two."""
        found = await self._find(lookup, profile, before)
        tail = None if found is not None else self._tail(base, history[:-1])
        return found if tail is None else await self._find(lookup, profile, tail)

    def _tail(self, base: bytes, turns: Sequence[Turn]) -> bytes | None:
        """A mark of the last two turns, None when they are too short to tell conversations apart."""
        last = turns[-2:]
        if len(last) < 2 or sum(len(turn.text) for turn in last) < TAIL:
            return None
        return self.chain(self._key.digest("tail", base), last)

    def note_tail(self, conversation: Conversation, turns: Sequence[Turn], position: int) -> None:
        """Remember a stateless conversation by its newest two turns as well."""
        tail = self._tail(self.base(conversation.profile, conversation.service, conversation.host), turns)
        if tail is not None:
            self.note_chain(conversation, tail, position)

    def _branch(self, profile: str, service: str, parent: ChainEnd, own: str, host: str) -> None:
        """A branch carries on the trend: the person has read what the old branch said."""
        old = self._known.get((profile, parent.service, parent.conversation_id))
        if old is not None:
            new = self.get(profile, service, own, host)
            new.trend, new.trend_t, new.signals = old.trend, old.trend_t, dict(old.signals)

    async def _find(self, lookup: Lookup, profile: str, chain: bytes) -> ChainEnd | None:
        known = self._chains.get(chain)
        if known is not None:
            service, conversation_id, position = known
            conversation = self._known.get((profile, service, conversation_id))
            if conversation is not None:
                return ChainEnd(service, conversation_id, position, tip=conversation.last_position <= position)
        end = await lookup.chain_end(profile, chain)
        # a conversation that has got its name from the wire is found by that name only
        return end if end is not None and end.conversation_id.startswith("~") else None

    async def _exists(self, lookup: Lookup, profile: str, service: str, conversation_id: str) -> bool:
        if (profile, service, conversation_id) in self._known:
            return True
        return await lookup.conversation_exists(profile, service, conversation_id)

    def _is_open(self, profile: str, end: ChainEnd) -> bool:
        conversation = self._known.get((profile, end.service, end.conversation_id))
        return conversation is not None and conversation.open_exchanges > 0


def _new_turn(thread: Thread, message: Message) -> bool:
    """Another request inside one exchange (a WebSocket that carries a stateless dialect)."""
    return bool(message.role == "user" and message.history and thread.meta.kind == "websocket")
