"""Lines of JSON, with and without prefixes."""

from proxy.framing.ndjson import Ndjson, NdjsonLine


def read(data: bytes, size: int, prefixed: bool) -> tuple[list[NdjsonLine], int]:
    lines = Ndjson(prefixed)
    found = [line for at in range(0, len(data), size) for line in lines.feed(data[at : at + size])]
    return found + lines.flush(), lines.broken


def test_plain_lines() -> None:
    data = '{"a":1}\n\n  {"b":"é"}\r\nnot json\n[2]'.encode()
    for size in (1, 4, 100):
        assert read(data, size, False) == (
            [NdjsonLine("", {"a": 1}), NdjsonLine("", {"b": "é"}), NdjsonLine("", [2])],
            1,
        )


def test_prefixed_lines() -> None:
    data = b'15:{"json":{"a":"b:c"}}\n0:"piece"\n8:null\n{"x":1}\n'
    wanted = [
        NdjsonLine("15", {"json": {"a": "b:c"}}),
        NdjsonLine("0", "piece"),
        NdjsonLine("8", None),
        NdjsonLine("", {"x": 1}),
    ]
    for size in (1, 7, 100):
        assert read(data, size, True) == (wanted, 0)
