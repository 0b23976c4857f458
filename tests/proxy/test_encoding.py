"""Content-encodings in pieces, and bodies that are none."""

import zlib

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from proxy.encoding import MAX_BODY, Decompressor, EncodingError


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


PACKERS = [
    ("gzip", gzip),
    ("x-gzip", gzip),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli.compress),
    ("zstd", zstd.compress),
    ("identity", bytes),
]


@given(st.sampled_from(PACKERS), st.binary(max_size=2000), st.integers(1, 500))
def test_any_cut(packer: tuple, data: bytes, size: int) -> None:
    name, pack = packer
    packed = pack(data)
    decompressor = Decompressor(name)
    pieces = [decompressor.feed(packed[at : at + size]) for at in range(0, len(packed), size)]
    assert b"".join(pieces) == data


@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
def test_what_has_arrived_is_given_out(name: str) -> None:
    if name == "gzip":
        packer = zlib.compressobj(wbits=31)
        first = packer.compress(b"data: one\n\n") + packer.flush(zlib.Z_SYNC_FLUSH)
    elif name == "br":
        squeezer = brotli.Compressor()
        first = squeezer.process(b"data: one\n\n") + squeezer.flush()
    else:
        crusher = zstd.ZstdCompressor()
        first = crusher.compress(b"data: one\n\n", zstd.ZstdCompressor.FLUSH_BLOCK)
    assert Decompressor(name).feed(first) == b"data: one\n\n"


def test_an_unknown_or_broken_encoding_is_an_error_of_one_kind() -> None:
    with pytest.raises(EncodingError):
        Decompressor("snappy")
    for name in ("gzip", "br", "zstd"):
        with pytest.raises(EncodingError):
            Decompressor(name).feed(b"not compressed at all, certainly not")


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip), ("br", brotli.compress), ("zstd", zstd.compress)])
def test_a_bomb_is_refused(name: str, pack: object) -> None:
    bomb = pack(b"\0" * (MAX_BODY + 1000))  # type: ignore[operator]
    with pytest.raises(EncodingError):
        Decompressor(name).feed(bomb)
