"""Exchanges of a host that no service names: the path and the first values tell which decoder fits."""

from collections.abc import Callable, Iterator
from typing import Any

from proxy.dialects.anthropic import Anthropic
from proxy.dialects.flow import DONE, Decoder, Flow, Probe
from proxy.dialects.gemini_api import GeminiApi
from proxy.dialects.generic import generic, user_text
from proxy.dialects.http import HttpDecoder, Values, parse_request
from proxy.dialects.ollama import Ollama
from proxy.dialects.openai_chat import OpenAiChat
from proxy.dialects.openai_responses import OpenAiResponses
from proxy.dialects.shape import dialect_of
from proxy.dialects.text_completion import TextCompletion
from proxy.exchange import Direction
from proxy.framing.websocket import message_values
from proxy.hosts import services_of
from proxy.routing import by_path, looks_like_chat, looks_like_noise
from proxy.services import Service, all_services

MAX_VALUES = 6
MAX_FRAMES = 64
MAX_BYTES = 512 * 1024
_DIALECTS: dict[str, tuple[str, Callable[[Flow], Any]]] = {
    "openai_chat": ("openai_compat", OpenAiChat),
    "text_completion": ("openai_compat", TextCompletion),
    "openai_responses": ("openai_compat", OpenAiResponses),
    "anthropic": ("anthropic_api", Anthropic),
    "gemini_api": ("gemini_api", GeminiApi),
    "ollama": ("ollama", Ollama),
}


class Undecided:
    """Holds the bytes back until a decoder is found, then hands them over; the generic decoder is the last resort.

    Values are judged one by one in wire order, so that the choice does not depend on how the bytes were cut.
    """

    def __init__(self, flow: Flow, dialects_only: bool = False, rename: bool = True) -> None:
        """dialects_only: a known service owns the host; only a shared dialect or a socket of its own is recognised.

        rename: what is recognised names the service.
        """
        self._flow = flow
        self._dialects_only = dialects_only
        self._rename = rename
        self._chosen: Decoder | None = None
        self._candidates = [] if dialects_only else by_path(flow.meta)
        self._body: bytes | None = None
        self._request: Any = None
        self._response: list[bytes] = []
        self._size = 0
        self._frames: list[tuple[Direction, bytes, bool]] = []
        self._judged = 0
        self._values: Values | None = None

    def request(self, body: bytes) -> None:
        if self._chosen:
            self._chosen.request(body)
            return
        self._body = body
        try:
            self._request = parse_request(body, self._flow.meta.request_content_type)
        except (ValueError, RecursionError):
            self._request = None
        if self._candidates and self._candidates[0].recognise is None:
            self._choose_service(self._candidates[0])

    def response(self, data: bytes) -> None:
        if self._chosen:
            self._chosen.response(data)
            return
        self._response.append(data)
        self._size += len(data)
        if self._values is None:
            aside = Flow.open(self._flow.meta, "")
            aside.content_type = self._flow.content_type
            self._values = Values(aside)
        for name, value in self._values.feed(data):
            if self._judge(name, value, "s2c"):
                return
        if self._size > MAX_BYTES:
            self._fall_back()

    def frame(self, direction: Direction, data: bytes, binary: bool) -> None:
        if self._chosen:
            self._chosen.frame(direction, data, binary)
            return
        self._frames.append((direction, data, binary))
        self._size += len(data)
        if self._candidates and self._candidates[0].recognise is None:
            self._choose_service(self._candidates[0])
            return
        for value in message_values(data, binary)[0]:
            if self._judge("", value, direction):
                return
        if len(self._frames) > MAX_FRAMES or self._size > MAX_BYTES:
            self._fall_back()

    def end(self, complete: bool) -> None:
        if self._chosen is None and self._values is not None:
            for name, value in self._values.flush(complete):
                if self._judge(name, value, "s2c"):
                    break
        if self._chosen is None:
            if not self._response and not self._frames and self._candidates:
                self._choose_service(self._candidates[0])
            else:
                self._fall_back()
        if self._chosen:
            self._chosen.end(complete)

    def _judge(self, name: str, value: Any, direction: Direction) -> bool:
        if value == DONE:
            return False
        probe = Probe(self._flow, self._request, name, value, direction)
        for service in self._suspects():
            if service.recognise is None or service.recognise(probe):
                self._choose_service(service)
                return True
        if self._flow.meta.kind == "websocket":
            return False
        dialect = dialect_of(value, name)
        if dialect:
            service_name, reader = _DIALECTS[dialect]
            if self._rename:
                self._flow.transcript.service = service_name
            self._start(HttpDecoder(self._flow, reader(self._flow)))
            return True
        self._judged += 1
        if self._judged >= MAX_VALUES:
            self._fall_back()
            return True
        return False

    def _suspects(self) -> Iterator[Service]:
        yield from self._candidates
        if self._flow.meta.kind == "websocket":
            known = services_of(self._flow.meta.host, self._flow.meta.port) if self._dialects_only else all_services()
            for service in known:
                sockets = any(path.startswith("WS ") for path in service.paths)
                if service.recognise and sockets and service not in self._candidates:
                    yield service

    def _choose_service(self, service: Service) -> None:
        self._flow.transcript.service = service.name
        if service.decoder:
            self._start(service.decoder(self._flow))

    def _fall_back(self) -> None:
        if self._dialects_only:
            if self._flow.meta.kind == "http" and self._flow.status < 400:
                self._flow.transcript.miss("unclaimed")
            self._start(_Nobody(self._flow))
        else:
            self._start(generic(self._flow) if self._may_be_chat() else _Nobody(self._flow))

    def _may_be_chat(self) -> bool:
        """Pages, scripts and reports of an unknown host are not worth a guess."""
        meta = self._flow.meta
        if meta.kind == "websocket" or looks_like_chat(meta):
            return True
        streamed = "event-stream" in self._flow.content_type or "ndjson" in self._flow.content_type
        asked = meta.method.upper() != "GET" and bool(user_text(self._request)[0])
        return (streamed or asked) and not looks_like_noise(meta)

    def _start(self, decoder: Decoder) -> None:
        self._chosen = decoder
        if self._body is not None:
            decoder.request(self._body)
        for data in self._response:
            decoder.response(data)
        for direction, data, binary in self._frames:
            decoder.frame(direction, data, binary)
        self._response, self._frames, self._body = [], [], None


class _Nobody:
    """Reads nothing."""

    def __init__(self, flow: Flow) -> None:
        flow.silent = True

    def request(self, body: bytes) -> None: ...

    def response(self, data: bytes) -> None: ...

    def frame(self, direction: Direction, data: bytes, binary: bool) -> None: ...

    def end(self, complete: bool) -> None: ...
