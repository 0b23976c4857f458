"""Bytes of one flow to text, across chunk borders that cut a character in half."""

import codecs


class Utf8:
    """One incremental decoder; ill-formed bytes become U+FFFD, a leading byte order mark is dropped."""

    __slots__ = ("_decoder", "_started")

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._started = False

    def feed(self, data: bytes) -> str:
        return self._strip(self._decoder.decode(data))

    def flush(self) -> str:
        return self._strip(self._decoder.decode(b"", True))

    def _strip(self, text: str) -> str:
        if self._started or not text:
            return text
        self._started = True
        return text.removeprefix("\ufeff")
