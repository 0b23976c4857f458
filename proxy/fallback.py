"""A second reading by the generic decoder of what a service's own decoder did not recognise."""

from dataclasses import dataclass, field

from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.generic import generic
from proxy.dialects.transcript import Transcript
from proxy.exchange import Direction

MAX_BYTES = 512 * 1024
_FIRST_TRY = 16 * 1024


@dataclass(slots=True)
class Fallback:
    """Keeps the bytes of one exchange until its own decoder has recognised an answer, at most MAX_BYTES.

    An HTTP exchange is read again at its end. A WebSocket lives for hours, so it is also tried when 16, 32, 64 … KiB
    have gone by without an answer, and read so from then on once both sides were heard.
    """

    flow: Flow
    _request: bytes = b""
    _response: list[bytes] = field(default_factory=list)
    _frames: list[tuple[Direction, bytes, bool]] = field(default_factory=list)
    _size: int = 0
    _next_try: int = _FIRST_TRY
    _idle: bool = False
    _aside: Flow | None = None
    _decoder: Decoder | None = None

    def request(self, body: bytes) -> None:
        if not self._idle and self._room(len(body)):
            self._request = body

    def response(self, data: bytes) -> None:
        if not self._idle and self._room(len(data)) and not self._answered():
            self._response.append(data)

    def frame(self, direction: Direction, data: bytes, binary: bool) -> None:
        if self._decoder is not None:
            self._decoder.frame(direction, data, binary)
            self._tell()
            return
        if self._idle or self._answered() or not self._room(len(data)):
            return
        self._frames.append((direction, data, binary))
        if self._size >= self._next_try:
            self._next_try = 2 * self._size
            self._try(None)

    def end(self, complete: bool) -> None:
        """Read again what has no answer and no reason for it."""
        if self._decoder is not None:
            self._decoder.end(complete)
            self._tell()
        elif complete and not self._idle and not self._answered() and not self._explained():
            self._try(complete)
        self._drop()

    def _try(self, end: bool | None) -> None:
        aside = Flow.open(self.flow.meta, self.flow.service)
        aside.status, aside.content_type = self.flow.status, self.flow.content_type
        decoder = generic(aside)
        if self.flow.meta.kind == "websocket":
            for direction, data, binary in self._frames:
                decoder.frame(direction, data, binary)
        else:
            decoder.request(self._request)
            for data in self._response:
                decoder.response(data)
        if end is not None:
            decoder.end(end)
        heard = aside.transcript
        asked = heard.has("user")
        if self.flow.meta.kind == "websocket" and asked:
            self.flow.transcript.misses["no_text"] = max(1, self.flow.transcript.misses["no_text"])
        if _speaks(heard) and (asked or self.flow.meta.kind == "http"):
            self._aside, self._decoder = aside, decoder
            self._frames, self._response = [], []
            self._tell()

    def _tell(self) -> None:
        """Copy what the generic decoder knows. What the own decoder read of the person stays as it is."""
        assert self._aside is not None
        known = _own(self.flow.transcript, "user")
        for message in self._aside.transcript.changed():
            if message.role == "user" and known:
                continue
            draft = self.flow.transcript.draft(f"generic:{message.slot}", message.role, history=message.history)
            draft.set(confidence="low", final=message.final, reasoning=message.reasoning or None)
            draft.assign(message.text)

    def _explained(self) -> bool:
        """Why there is no answer: a refusal, a failure, or an answer that comes on another connection."""
        return self.flow.silent or self.flow.status >= 400 or bool(self.flow.notes.get("handoff"))

    def _room(self, size: int) -> bool:
        self._size += size
        if self._size > MAX_BYTES:
            self._drop()
        return not self._idle

    def _answered(self) -> bool:
        """The own decoder has heard an answer, or at least hidden reasoning: it knows the format."""
        found = any(
            draft.role == "assistant" and (draft.text or draft.reasoning) for draft in self.flow.transcript.drafts()
        )
        if found:
            self._drop()
        return found

    def _drop(self) -> None:
        self._idle = True
        self._request, self._response, self._frames = b"", [], []


def _own(transcript: Transcript, role: str) -> bool:
    return any(
        draft.role == role and draft.text and not draft.slot.startswith("generic:") for draft in transcript.drafts()
    )


def _speaks(transcript: Transcript) -> bool:
    """An answer in words. A key or a token has no white space; scripts without white space are not ASCII."""
    texts = [draft.text for draft in transcript.drafts() if draft.role == "assistant"]
    return any(not text.isascii() or len(text.split()) > 1 for text in texts)
