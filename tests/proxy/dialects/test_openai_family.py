"""The end of the path chooses the dialect."""

import json

import pytest

from proxy.decode import FlowDecoder
from proxy.exchange import Head, Segment
from tests.proxy.flows import meta

BODIES = {
    "/v1/chat/completions": {"choices": [{"message": {"content": "t"}, "finish_reason": "stop"}]},
    "/v1/responses": {
        "object": "response",
        "status": "completed",
        "output": [{"id": "m", "type": "message", "content": [{"type": "output_text", "text": "t"}]}],
    },
    "/v1/completions": {"choices": [{"text": "t", "finish_reason": "stop"}]},
}


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("tail", ["", "/", "?x=1"])
def test_dialect(path: str, tail: str) -> None:
    decoder = FlowDecoder(meta(path + tail))
    decoder.head(Head(status=200, content_type="application/json"))
    decoder.feed(Segment(direction="s2c", data=json.dumps(BODIES[path]).encode(), t=0.0))
    assert [(m.text, m.final) for m in decoder.messages()] == [("t", True)]
