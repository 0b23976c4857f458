"""A service whose format changed is read by the generic decoder, and counted."""

import json

from proxy.decode import FlowDecoder
from proxy.exchange import Head, Segment
from tests.proxy import flows

QUESTION = {"messages": [{"role": "user", "content": "What is for breakfast?"}]}


def talk(answer: bytes, status: int = 200, complete: bool = True, kind: str = "text/event-stream") -> FlowDecoder:
    decoder = FlowDecoder(flows.meta("/v1/chat/completions"))
    decoder.feed(Segment(direction="c2s", data=json.dumps(QUESTION).encode(), t=0.0))
    decoder.head(Head(status=status, content_type=kind))
    decoder.feed(Segment(direction="s2c", data=answer, t=0.0))
    decoder.end(complete)
    return decoder


def test_a_new_format_is_read_with_low_confidence_and_counted() -> None:
    decoder = talk(b'data: {"response": "Bread"}\n\ndata: {"response": " and jam."}\n\n')
    assert [(m.role, m.text, m.confidence) for m in decoder.messages()] == [
        ("user", "What is for breakfast?", "high"),
        ("assistant", "Bread and jam.", "low"),
    ]
    assert decoder.reading == "generic"
    assert decoder.misses["no_answer"] == 1


def test_what_nobody_can_read_is_counted() -> None:
    decoder = talk(b'data: {"zz": {"q9": 4}}\n\n')
    assert [m.role for m in decoder.messages()] == ["user"]
    assert decoder.misses["no_answer"] == 1
    assert decoder.on_chat_path
    assert not decoder.explained


def test_keys_refusals_and_cut_streams_are_no_answers() -> None:
    assert len(talk(b'data: {"token": "eyJhbGciOi"}\n\n').messages()) == 1
    assert len(talk(b'{"message": "not now, please"}', status=429, kind="application/json").messages()) == 1
    assert len(talk(b'data: {"response": "Bread and"}\n\n', complete=False).messages()) == 1


def test_a_socket_is_read_from_when_it_is_not_understood() -> None:
    decoder = FlowDecoder(flows.meta("/ws/", host="neo.character.ai", kind="websocket", method="GET"))
    told = {}
    for number in range(40):
        for direction, row in (
            ("c2s", {"prompt": f"Question number {number}"}),
            ("s2c", {"reply": f"Answer number {number}, with many words. " * 20}),
        ):
            data = json.dumps(row).encode()
            for message in decoder.feed(Segment(direction=direction, data=data, t=0.0, frame="text")):
                told[message.slot] = message
    assert sum(m.role == "assistant" for m in told.values()) >= 38
    assert decoder.misses["no_text"] == 1
    assert decoder.reading == "generic"


def test_recordings_never_need_it() -> None:
    for case in flows.own_cases():
        decoder = flows.run(flows.load(case.parent.name, case.name))
        assert not any(m.slot.startswith("generic:") for m in decoder.messages()), case
        assert not decoder.caught, case
