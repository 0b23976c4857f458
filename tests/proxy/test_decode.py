"""The flow decoder over whole recordings, cut in every way, and over bytes that are no recording at all."""

import json
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.decode import DecodeInputError, FlowDecoder, decode_folder, message_json
from proxy.exchange import Head, Segment
from proxy.message import Turn
from proxy.recording import read_recording
from proxy.services import all_services
from tests.proxy import flows

CASES = [pytest.param(case, id=f"{case.parent.name}/{case.name}") for case in flows.own_cases()]
SHARED = [pytest.param(case, id=case.name) for case in flows.shared_cases()]


@pytest.mark.parametrize("case", CASES)
def test_own_recordings_decode_exactly(case: Path) -> None:
    flows.same([message_json(message) for message in decode_folder(str(case))], flows.expected(case))


@pytest.mark.parametrize("case", CASES)
def test_how_the_bytes_are_cut_changes_nothing(case: Path) -> None:
    recording = read_recording(case)
    whole = flows.rows(flows.run(recording))
    assert flows.rows(flows.run(recording, flows.ones())) == whole
    for seed in range(3):
        assert flows.rows(flows.run(recording, flows.randoms(seed))) == whole


@pytest.mark.parametrize("case", CASES)
def test_an_unknown_host_is_recognised_by_path_and_shape(case: Path) -> None:
    """The service may be named otherwise (an OpenAI-like host nobody lists), everything else stays."""
    if case.parent.name == "qwen_web":
        pytest.skip("its conversation id is known only on its own host")
    recording = read_recording(case)
    moved = msgspec.structs.replace(recording.meta, host="companion.example", port=8443)
    for sizes in (None, flows.ones()):
        found = flows.rows(flows.run(recording, sizes, moved))
        flows.same([{**row, "service": ""} for row in found], [{**row, "service": ""} for row in flows.expected(case)])


@pytest.mark.skipif(not SHARED, reason="the shared recordings are not here")
@pytest.mark.parametrize("case", SHARED)
def test_shared_recordings_decode_exactly(case: Path) -> None:
    wanted = flows.expected(case)
    recording = read_recording(case)
    decoder = flows.run(recording)
    flows.same(flows.rows(decoder), wanted)
    flows.same(flows.rows(flows.run(recording, flows.randoms(1))), wanted)
    assert not decoder.misses["bad_json"]


def test_every_service_with_a_decoder_of_its_own_has_recordings() -> None:
    folders = {path.name for path in flows.FIXTURES.iterdir() if path.is_dir()}
    full = {service.name for service in all_services() if service.kind == "full"}
    assert full <= folders
    assert folders <= {service.name for service in all_services()} | {"unknown"}


def test_the_live_messages_add_up_to_the_final_list() -> None:
    """What feed() tells, kept by slot, ends as messages()."""
    for case in flows.own_cases():
        recording = read_recording(case)
        decoder = FlowDecoder(recording.meta)
        told = {}
        for item in flows.cut(recording.items, flows.randoms(7)):
            news = decoder.head(item) if isinstance(item, Head) else decoder.feed(item)
            told |= {message.slot: message for message in news}
        told |= {message.slot: message for message in decoder.end(True)}
        assert {m.slot: m for m in decoder.messages()} == {slot: m for slot, m in told.items() if m.text}


def test_the_user_message_comes_before_the_answer_begins() -> None:
    decoder = FlowDecoder(flows.meta("/v1/chat/completions"))
    body = json.dumps({"messages": [{"role": "user", "content": "hello"}]}).encode()
    assert decoder.feed(Segment(direction="c2s", data=body[:20], t=1.0)) == []
    (message,) = decoder.feed(Segment(direction="c2s", data=body[20:], t=1.0))
    assert (message.role, message.text, message.final) == ("user", "hello", True)
    assert decoder.head(Head(status=200)) == []


def test_each_change_is_told_once_in_full() -> None:
    decoder = FlowDecoder(flows.meta("/v1/chat/completions"))
    decoder.head(Head(status=200, content_type="text/event-stream"))

    def piece(text: str) -> bytes:
        return b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}).encode() + b"\n\n"

    texts = [
        [m.text for m in decoder.feed(Segment(direction="s2c", data=data, t=1.0))]
        for data in (piece("Good"), piece(" day"), b": comment\n\n", piece(""))
    ]
    assert texts == [["Good"], ["Good day"], [], []]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_compressed_bodies(encoding: str) -> None:
    import brotli
    from backports import zstd

    body = json.dumps({"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}).encode()

    def gzip_(data: bytes) -> bytes:
        packer = zlib.compressobj(wbits=31)
        return packer.compress(data) + packer.flush()

    packers = {
        "gzip": gzip_,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstd.compress,
    }

    for name in encoding.split(", "):
        body = packers[name](body)
    decoder = FlowDecoder(flows.meta("/v1/chat/completions"))
    decoder.head(Head(status=200, content_type="application/json", content_encoding=encoding))
    for position in range(len(body)):
        decoder.feed(Segment(direction="s2c", data=body[position : position + 1], t=0.0))
    decoder.end(True)
    assert [message.text for message in decoder.messages()] == ["Hi."]


def test_an_unknown_encoding_is_counted_and_not_raised() -> None:
    decoder = FlowDecoder(flows.meta("/v1/chat/completions"))
    decoder.head(Head(status=200, content_encoding="snappy"))
    assert decoder.feed(Segment(direction="s2c", data=b"xxxx", t=0.0)) == []
    decoder.end(True)
    assert decoder.misses["bad_json"] == 1


def test_history_is_the_turns_before() -> None:
    decoder = flows.run(flows.load("openai_api", "chat-stream"))
    user, answer = decoder.messages()
    assert user.history == (Turn("user", "Hi"), Turn("assistant", "Hello"))
    assert answer.history == (*user.history, Turn("user", "Breakfast?"))


def test_silence_is_counted_only_where_nothing_explains_it() -> None:
    def misses(service: str, case: str) -> dict[str, int]:
        return dict(flows.run(flows.load(service, case)).misses)

    assert misses("chatgpt_web", "handoff") == {"no_answer": 1}
    assert misses("openai_api", "chat-tool-call-only") == {}
    assert misses("openai_compat", "think-never-closed") == {}
    assert misses("ollama", "error") == {}
    assert misses("kindroid", "error-status") == {}
    assert misses("meta_ai", "graphql-noise") == {}


def test_a_chat_on_an_undeclared_path_is_counted_and_not_guessed() -> None:
    decoder = FlowDecoder(flows.meta("/backend-api/new_conversation", host="chatgpt.com"))
    decoder.feed(Segment(direction="c2s", data=b'{"prompt": "hello"}', t=0.0))
    decoder.head(Head(status=200, content_type="application/json"))
    decoder.feed(Segment(direction="s2c", data=b'{"reply": "hi"}', t=0.0))
    decoder.end(True)
    assert decoder.messages() == []
    assert decoder.misses == {"unclaimed": 1}


def test_a_shared_dialect_on_an_undeclared_path_of_a_listed_host_is_read() -> None:
    decoder = FlowDecoder(flows.meta("/api/v1/messages", host="openrouter.ai"))
    decoder.head(Head(status=200, content_type="application/json"))
    body = {"type": "message", "id": "m", "content": [{"type": "text", "text": "Hi."}], "stop_reason": "end_turn"}
    decoder.feed(Segment(direction="s2c", data=json.dumps(body).encode(), t=0.0))
    decoder.end(True)
    assert [(m.service, m.text, m.final) for m in decoder.messages()] == [("openai_compat", "Hi.", True)]
    assert not decoder.misses


@pytest.mark.parametrize("path", ["/c/api/telemetry/message", "/backend-api/f/conversation/prepare", "/styles.css"])
def test_noise_on_a_listed_host_is_no_miss(path: str) -> None:
    decoder = FlowDecoder(flows.meta(path, host="chatgpt.com"))
    decoder.feed(Segment(direction="c2s", data=b'{"prompt": "x"}', t=0.0))
    decoder.head(Head(status=200))
    decoder.feed(Segment(direction="s2c", data=b"{}", t=0.0))
    decoder.end(True)
    assert (decoder.messages(), dict(decoder.misses)) == ([], {})


def test_surrogates_cut_apart_by_json_pieces_become_one_character() -> None:
    decoder = FlowDecoder(flows.meta("/v1/chat/completions"))
    decoder.head(Head(status=200, content_type="text/event-stream"))
    for half in ("\\ud83d", "\\udc4b", "\\ud83d"):
        data = b'data: {"choices":[{"index":0,"delta":{"content":"' + half.encode() + b'"}}]}\n\n'
        decoder.feed(Segment(direction="s2c", data=data, t=0.0))
    (message,) = decoder.messages()
    assert message.text == "👋�"
    message.text.encode()


_URLS = st.sampled_from(
    [(read_recording(case).meta, case) for case in flows.own_cases()],
)


@settings(max_examples=150, deadline=None)
@given(_URLS, st.lists(st.tuples(st.booleans(), st.binary(max_size=200)), max_size=6), st.booleans())
def test_random_bytes_never_raise(meta_case: tuple, pieces: list[tuple[bool, bytes]], complete: bool) -> None:
    meta, _ = meta_case
    decoder = FlowDecoder(meta)
    for sent, data in pieces:
        frame = "body" if meta.kind == "http" else "text"
        decoder.feed(Segment(direction="c2s" if sent else "s2c", data=data, t=0.0, frame=frame))
    decoder.end(complete)
    json.dumps([message_json(message) for message in decoder.messages()]).encode()


@settings(max_examples=200, deadline=None)
@given(_URLS, st.data())
def test_damaged_recordings_never_raise(meta_case: tuple, data: st.DataObject) -> None:
    """Bytes flipped, removed or doubled anywhere in a real flow."""
    _, case = meta_case
    recording = read_recording(case)
    decoder = FlowDecoder(recording.meta)
    for item in recording.items:
        if isinstance(item, Head):
            decoder.head(item)
            continue
        body = bytearray(item.data)
        for _ in range(data.draw(st.integers(0, 4))):
            if body:
                at = data.draw(st.integers(0, len(body) - 1))
                change = data.draw(st.sampled_from(["flip", "cut", "double", "type"]))
                if change == "flip":
                    body[at] = data.draw(st.integers(0, 255))
                elif change == "cut":
                    del body[at : at + data.draw(st.integers(1, 30))]
                elif change == "double":
                    body[at:at] = body[at : at + 20]
                else:
                    body[at:at] = data.draw(
                        st.sampled_from([b"null", b"[]", b"{}", b"1e999", b'"x"', b"-1", b"\\ud800"])
                    )
        decoder.feed(Segment(direction=item.direction, data=bytes(body), t=item.t, frame=item.frame))
    decoder.end(data.draw(st.booleans()))
    for message in decoder.messages():
        message.text.encode()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(_URLS, st.data())
def test_values_of_the_wrong_type_never_raise(meta_case: tuple, data: st.DataObject) -> None:
    """Each JSON leaf or branch of a real flow may become anything."""

    def swap(value: object) -> object:
        if data.draw(st.integers(0, 14)) == 0:
            return data.draw(_JSON)
        if isinstance(value, dict):
            return {key: swap(child) for key, child in value.items()}
        if isinstance(value, list):
            return [swap(child) for child in value]
        return value

    _, case = meta_case
    recording = read_recording(case)
    decoder = FlowDecoder(recording.meta)
    for item in recording.items:
        if isinstance(item, Head):
            decoder.head(item)
            continue
        lines = []
        for line in item.data.split(b"\n"):
            start = line.find(b"{")
            try:
                value = json.loads(line[start:]) if start >= 0 else None
            except ValueError:
                value = None
            lines.append(line[:start] + json.dumps(swap(value)).encode() if value is not None else line)
        decoder.feed(Segment(direction=item.direction, data=b"\n".join(lines), t=item.t, frame=item.frame))
    decoder.end(True)
    json.dumps([message_json(message) for message in decoder.messages()]).encode()


def test_decode_folder_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    def error() -> str:
        with pytest.raises(DecodeInputError) as caught:
            decode_folder(str(tmp_path))
        text = str(caught.value)
        assert "\n" not in text
        return text

    with pytest.raises(DecodeInputError, match="not a folder"):
        decode_folder(str(tmp_path / "nothing"))
    assert "meta.json" in error()
    (tmp_path / "meta.json").write_text("{")
    assert "not valid JSON" in error()
    (tmp_path / "meta.json").write_text("{}")
    assert '"url"' in error()
    (tmp_path / "meta.json").write_text('{"url": "https://api.openai.com/v1/chat/completions"}')
    assert "exactly one response" in error()
    (tmp_path / "response.sse").write_text("")
    (tmp_path / "request.json").write_text("[")
    assert "request.json" in error()
    (tmp_path / "request.json").write_text("{}")
    assert decode_folder(str(tmp_path)) == []
