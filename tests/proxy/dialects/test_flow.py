"""What a decoder is told about its exchange."""

from proxy.dialects.flow import Flow
from tests.proxy.flows import meta


def test_path_query_and_segments() -> None:
    flow = Flow.open(meta("/api/conversations/c-1/history?a=%7B%22x%22%3A1%7D&b="), "s")
    assert flow.path == "/api/conversations/c-1/history"
    assert flow.query == {"a": '{"x":1}', "b": ""}
    assert flow.segment("conversations") == "c-1"
    assert flow.segment("history") is None
    assert flow.service == "s"
