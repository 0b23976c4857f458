"""One exchange's bytes to messages. Never raises, whatever the bytes are."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, Literal

from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.generic import generic
from proxy.encoding import Decompressor, EncodingError
from proxy.exchange import ExchangeMeta, Head, Segment
from proxy.fallback import Fallback
from proxy.message import Message
from proxy.probe import Undecided
from proxy.recording import DecodeInputError, Recording, read_recording
from proxy.routing import claim

__all__ = ["DecodeInputError", "FlowDecoder", "decode_folder", "message_json"]

MAX_REQUEST = 8 * 1024 * 1024
UNKNOWN = "unknown"
_EARLY_TRIES = 8


class FlowDecoder:
    """Feed it one exchange in wire order; it gives back each message that changed, in its full present state.

    misses counts `bad_json`, `unknown_part`, `no_text`, `no_answer` and `unclaimed`: signs that a service changed.
    """

    def __init__(self, meta: ExchangeMeta) -> None:
        self._claim = claim(meta)
        service = self._claim.service
        self._flow = Flow.open(meta, service.name if service else UNKNOWN)
        self._request = bytearray()
        self._requested = meta.kind == "websocket"
        self._tries = 0
        self._decompressor: Decompressor | None = None
        self._broken = False
        self._ended = False
        self._complete = False
        self.caught: Counter[str] = Counter()
        """Exceptions of decoders by type. Always a fault of the decoder, whatever the bytes were."""
        self._decoder = self._open()
        self._fallback = Fallback(self._flow) if self._falls_back() else None

    @property
    def service(self) -> str:
        return self._flow.service

    @property
    def claimed(self) -> bool:
        """Some decoder reads this exchange."""
        return self._decoder is not None

    @property
    def reading(self) -> Literal["own", "generic", "none"]:
        """Which kind of decoder gave the messages so far."""
        told = [draft for draft in self._flow.transcript.drafts() if draft.text]
        if any(draft.slot.startswith("generic:") for draft in told):
            return "generic"
        if any(draft.confidence == "high" for draft in told):
            return "own"
        return "generic" if told else "none"

    @property
    def on_chat_path(self) -> bool:
        """The exchange is one that a listed service uses for chats, as far as anybody knows."""
        return self._claim.how in ("path", "generic") or bool(self._flow.transcript.misses["unclaimed"])

    @property
    def explained(self) -> bool:
        """Nothing was said for a reason: the service refused or failed, the stream was cut, or it fetched a list."""
        flow = self._flow
        fetched = flow.meta.kind == "http" and flow.meta.method.upper() == "GET"
        return flow.silent or flow.status >= 400 or not self._complete or fetched

    @property
    def misses(self) -> Counter[str]:
        return +self._flow.transcript.misses

    def head(self, head: Head) -> list[Message]:
        """The response head; the request is complete then. What it changes is told again by the next call."""
        self._flow.status = head.status
        self._flow.content_type = head.content_type.lower()
        if head.content_encoding:
            try:
                self._decompressor = Decompressor(head.content_encoding)
            except EncodingError:
                self._give_up()
        self._finish_request()
        return self._changed(keep=True)

    def feed(self, segment: Segment) -> list[Message]:
        self._flow.now = segment.t
        if segment.frame != "body":
            binary = segment.frame == "binary"
            self._guard(lambda d: d.frame(segment.direction, segment.data, binary))
            self._second(lambda f: f.frame(segment.direction, segment.data, binary))
        elif segment.direction == "c2s":
            self._feed_request(segment.data)
        else:
            self._finish_request()
            self._feed_response(segment.data)
        return self._changed()

    def end(self, complete: bool) -> list[Message]:
        """No more bytes; complete: the service closed the exchange normally."""
        if not self._ended:
            self._ended = True
            self._finish_request()
            self._complete = complete and not self._broken
            self._guard(lambda d: d.end(self._complete))
            self._count(complete)
            self._second(lambda f: f.end(self._complete))
        return self._changed()

    def messages(self) -> list[Message]:
        """Every message of the exchange in its last state: old ones by time, then by first appearance on the wire."""
        return self._flow.transcript.messages()

    def _open(self) -> Decoder | None:
        try:
            service = self._claim.service
            if self._claim.how == "path" and service and service.decoder:
                return service.decoder(self._flow)
            if self._claim.how == "generic":
                return generic(self._flow)
            if self._claim.how in ("probe", "unclaimed"):
                known = self._claim.how == "unclaimed"
                return Undecided(self._flow, dialects_only=known, rename=not known or self._claim.rename)
        except Exception as error:  # see the class: nothing on the wire may raise
            self._catch(error)
        return None

    def _falls_back(self) -> bool:
        """A service with a decoder of its own that sends a chat: its format may have changed."""
        service = self._claim.service
        sends = self._flow.meta.kind == "websocket" or self._flow.meta.method.upper() != "GET"
        return self._claim.how == "path" and service is not None and service.kind == "full" and sends

    def _catch(self, error: Exception) -> None:
        self.caught[type(error).__name__] += 1
        self._flow.transcript.miss("unknown_part")

    def _second(self, call: Callable[[Fallback], None]) -> None:
        if self._fallback is None:
            return
        try:
            call(self._fallback)
        except Exception as error:  # see the class: nothing on the wire may raise
            self._catch(error)

    def _guard(self, call: Callable[[Decoder], None]) -> None:
        if self._decoder is None:
            return
        try:
            call(self._decoder)
        except Exception as error:  # see the class: nothing on the wire may raise
            self._catch(error)

    def _feed_request(self, data: bytes) -> None:
        if self._requested or self._decoder is None:
            return
        if len(self._request) + len(data) > MAX_REQUEST:
            self._finish_request()
            return
        self._request += data
        if (
            self._tries < _EARLY_TRIES
            and "json" in self._flow.meta.request_content_type
            and data.rstrip().endswith(b"}")
        ):
            self._tries += 1
            try:
                json.loads(self._request)
            except (ValueError, RecursionError):
                return
            self._finish_request()

    def _finish_request(self) -> None:
        if self._requested:
            return
        self._requested = True
        body = bytes(self._request)
        self._request.clear()
        self._guard(lambda d: d.request(body))
        self._second(lambda f: f.request(body))

    def _feed_response(self, data: bytes) -> None:
        if self._broken:
            return
        if self._decompressor is not None:
            try:
                data = self._decompressor.feed(data)
            except EncodingError:
                self._give_up()
                return
        if data:
            self._guard(lambda d: d.response(data))
            self._second(lambda f: f.response(data))

    def _give_up(self) -> None:
        self._broken = True
        self._flow.transcript.miss("bad_json")

    def _count(self, complete: bool) -> None:
        """Silence that nothing explains is a sign of drift."""
        transcript = self._flow.transcript
        failed = self._flow.status >= 400
        if self._decoder is None or failed or not complete or self._flow.silent or self._flow.meta.kind == "websocket":
            return
        if transcript.has("assistant"):
            return
        if transcript.has("user"):
            transcript.miss("no_answer")
        elif self._flow.meta.method == "POST" and self._claim.how == "path":
            transcript.miss("no_text")

    def _changed(self, keep: bool = False) -> list[Message]:
        try:
            return self._flow.transcript.changed(keep)
        except Exception as error:  # see the class: nothing on the wire may raise
            self._catch(error)
            return []


def decode_recording(recording: Recording) -> FlowDecoder:
    """Run a whole recording through a decoder."""
    decoder = FlowDecoder(recording.meta)
    for item in recording.items:
        if isinstance(item, Head):
            decoder.head(item)
        else:
            decoder.feed(item)
    decoder.end(complete=True)
    return decoder


def decode_folder(path: str) -> list[Message]:
    """The messages of one recorded flow; raises DecodeInputError."""
    return decode_recording(read_recording(path)).messages()


def message_json(message: Message) -> dict[str, Any]:
    """A message as in the fixture format: `reasoning` and `choice` only where there are any."""
    row: dict[str, Any] = {
        "service": message.service,
        "conversation_id": message.conversation_id,
        "message_id": message.message_id,
        "role": message.role,
        "text": message.text,
        "final": message.final,
    }
    if message.reasoning:
        row["reasoning"] = message.reasoning
    if message.choice is not None:
        row["choice"] = message.choice
    return row
