"""Runs one dialect's reader over a request and the values of a response."""

import json
from collections.abc import Callable
from typing import Any

from proxy.dialects.flow import Flow, Reader
from proxy.dialects.http import HttpDecoder
from proxy.message import Message
from tests.proxy.flows import meta


def read(
    reader: Callable[[Flow], Reader], request: Any, values: list[Any], *, stream: bool = True, path: str = "/x"
) -> tuple[dict[str, Message], Flow]:
    """Messages by slot, and the flow."""
    flow = Flow.open(meta(path), "test")
    flow.status = 200
    decoder = HttpDecoder(flow, reader(flow))
    decoder.request(json.dumps(request).encode())
    for value in values:
        data = value if isinstance(value, str) else json.dumps(value)
        decoder.response(f"data: {data}\n\n".encode() if stream else data.encode())
    decoder.end(True)
    return {message.slot: message for message in flow.transcript.messages()}, flow
