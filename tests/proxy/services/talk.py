"""Runs one flow of a service by hand."""

import json
from typing import Any

from proxy.decode import FlowDecoder
from proxy.exchange import Head, Segment
from proxy.message import Message
from tests.proxy.flows import meta


def exchange(
    host: str,
    path: str,
    response: Any,
    request: Any = None,
    *,
    content_type: str = "application/json",
    complete: bool = True,
    **fields: Any,
) -> FlowDecoder:
    """One HTTP exchange; a list of values becomes server-sent events when content_type says so."""
    method = "GET" if request is None else "POST"
    decoder = FlowDecoder(meta(path, host=host, **{"method": method, **fields}))
    if request is not None:
        data = request if isinstance(request, bytes) else json.dumps(request).encode()
        decoder.feed(Segment(direction="c2s", data=data, t=0.0))
    decoder.head(Head(status=200, content_type=content_type))
    if "event-stream" in content_type:
        body = "".join(f"data: {v if isinstance(v, str) else json.dumps(v)}\n\n" for v in response)
    else:
        body = response if isinstance(response, str) else json.dumps(response)
    decoder.feed(Segment(direction="s2c", data=body.encode(), t=0.0))
    decoder.end(complete)
    return decoder


def socket(host: str, path: str, *frames: tuple[str, Any], t: float = 0.0) -> FlowDecoder:
    """One WebSocket; frames are (direction, value)."""
    decoder = FlowDecoder(meta(path, host=host, kind="websocket", method="GET"))
    for direction, value in frames:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        frame = "binary" if isinstance(value, bytes) else "text"
        decoder.feed(Segment(direction=direction, data=data, t=t, frame=frame))  # type: ignore[arg-type]
    decoder.end(True)
    return decoder


def by_text(decoder: FlowDecoder) -> dict[str, Message]:
    return {message.text: message for message in decoder.messages()}
