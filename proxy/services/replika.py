"""Replika: whole messages on one WebSocket that also serves the transcript."""

from typing import Any

from proxy.dialects.flow import Decoder, Flow, Probe
from proxy.dialects.pick import dict_of, dicts_of, ident, pick, text_of, when_of
from proxy.dialects.socket import SocketDecoder
from proxy.exchange import Direction

NAME = "replika"
HOSTS = ("my.replika.com", "my.replika.ai", "ws.replika.com")
PATHS = ("WS ws.replika.com/v*",)
FRAMING = "websocket"
LAST_VERIFIED = "2024-12"
KIND = "full"
CONFIDENCE = "old"
NOTE = "Whether blurred, paid-for messages carry text is not known."

_SPOKEN = {"text", "voice_message"}
_DROPPED = {"images", "image", "service_message", "widget", "voice_record", "gif", "sticker"}
_NATURES = {"Customer": "user", "Robot": "assistant"}


def decoder(flow: Flow) -> Decoder:
    return SocketDecoder(flow, _Socket(flow))


def recognise(probe: Probe) -> bool:
    return isinstance(pick(probe.value, "event_name"), str) and isinstance(pick(probe.value, "payload"), dict)


class _Socket:
    """A frame that repeats our token acknowledges our own send; `history` pages are old messages."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._sent: dict[str, str] = {}
        self._slots: dict[str, str] = {}

    def value(self, direction: Direction, value: Any) -> None:
        event = pick(value, "event_name")
        payload = dict_of(pick(value, "payload"))
        token = ident(pick(value, "token"))
        if event == "message" and direction == "c2s":
            self._send(payload, token)
        elif event == "message":
            self._message(payload, token, replayed=False)
        elif event == "history" and direction == "s2c":
            for row in dicts_of(payload.get("messages")):
                self._message(row, None, replayed=True)

    def end(self, complete: bool) -> None:
        """Messages come whole."""

    def _text(self, payload: dict[str, Any]) -> str | None:
        kind = text_of(pick(payload, "content", "type"))
        if kind in _SPOKEN:
            return text_of(pick(payload, "content", "text"))
        if kind not in _DROPPED:
            self._flow.transcript.miss("unknown_part")
        return None

    def _send(self, payload: dict[str, Any], token: str | None) -> None:
        text = self._text(payload)
        meta = dict_of(payload.get("meta"))
        if text is None:
            return
        slot = f"t:{token or ident(meta.get('client_token')) or len(self._sent)}"
        for key in (token, ident(meta.get("client_token"))):
            if key:
                self._sent[key] = slot
        draft = self._flow.transcript.draft(slot, "user", conversation_id=ident(meta.get("chat_id")))
        draft.set(persona=ident(meta.get("bot_id")))
        draft.assign(text)

    def _message(self, payload: dict[str, Any], token: str | None, replayed: bool) -> None:
        meta = dict_of(payload.get("meta"))
        role = _NATURES.get(text_of(meta.get("nature")))
        text = self._text(payload)
        message_id = ident(payload.get("id"))
        if role is None or text is None or (replayed and message_id in self._slots):
            return
        client_token = ident(meta.get("client_token"))
        sent = self._sent.get(token or "") or self._sent.get(client_token or "") if role == "user" else None
        slot = sent or self._slots.get(message_id or "") or f"m:{message_id}"
        if message_id:
            self._slots[message_id] = slot
        draft = self._flow.transcript.draft(slot, "user" if role == "user" else "assistant", message_id=message_id)
        draft.set(conversation_id=ident(meta.get("chat_id")), persona=ident(meta.get("bot_id")))
        if pick(payload, "content", "type") == "voice_message":
            draft.signal("voice", "transcript")
        draft.set(replayed=replayed, final=True)
        if replayed:
            draft.when = when_of(meta.get("timestamp"))
        draft.assign(text)
