"""Undoing a response's content-encoding while it arrives."""

import importlib
import zlib
from collections.abc import Callable

MAX_BODY = 16 * 1024 * 1024
_STEP = 256 * 1024


class EncodingError(Exception):
    """The body does not decode, is of an unknown encoding, or grows beyond the limit."""


def _inflate(wbits: int) -> Callable[[bytes], bytes]:
    inflater = zlib.decompressobj(wbits)

    def run(data: bytes) -> bytes:
        out = b""
        while data:
            out += inflater.decompress(data, _STEP)
            data = inflater.unconsumed_tail
            if len(out) > MAX_BODY:
                raise EncodingError("the decompressed body is too large")
        return out

    return run


class _Deflate:
    """`deflate` means the zlib format, but some servers send the raw one."""

    def __init__(self) -> None:
        self._run: Callable[[bytes], bytes] | None = None

    def __call__(self, data: bytes) -> bytes:
        if self._run is None:
            if not data:
                return b""
            self._run = _inflate(15 if data[0] & 0x0F == 8 else -15)
        return self._run(data)


def _brotli() -> Callable[[bytes], bytes]:
    process: Callable[[bytes], bytes] = importlib.import_module("brotli").Decompressor().process
    return process


def _zstd() -> Callable[[bytes], bytes]:
    for name in ("compression.zstd", "backports.zstd"):
        try:
            run: Callable[[bytes], bytes] = importlib.import_module(name).ZstdDecompressor().decompress
        except ImportError:
            continue
        return run
    raise ImportError("no zstd module")


_MAKERS: dict[str, Callable[[], Callable[[bytes], bytes]]] = {
    "gzip": lambda: _inflate(31),
    "x-gzip": lambda: _inflate(31),
    "deflate": _Deflate,
    "br": _brotli,
    "zstd": _zstd,
}


class Decompressor:
    """`feed(bytes) -> bytes` for the value of a content-encoding header; raises EncodingError."""

    def __init__(self, encoding: str) -> None:
        names = [name.strip().lower() for name in encoding.split(",")]
        try:
            self._runs = [_MAKERS[name]() for name in reversed(names) if name not in ("", "identity")]
        except (KeyError, ImportError) as error:
            raise EncodingError(f"unknown content-encoding {encoding!r}") from error
        self._size = 0

    def feed(self, data: bytes) -> bytes:
        try:
            for run in self._runs:
                data = run(data)
        except EncodingError:
            raise
        except Exception as error:  # zlib, brotli and zstd raise types of their own
            raise EncodingError("the body does not decode") from error
        self._size += len(data)
        if self._size > MAX_BODY:
            raise EncodingError("the decompressed body is too large")
        return data
