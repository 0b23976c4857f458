"""One HTTP exchange or one WebSocket: its identity and its bytes."""

from typing import Literal

import msgspec

Direction = Literal["c2s", "s2c"]
Frame = Literal["body", "text", "binary"]


class ExchangeMeta(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when the request head has been read.

    path: with its query (decoders need it); never logged, see `safe_path`.
    listen_port: the proxy port that the client used, which decides the profile.
    t_start: Unix seconds at the request head.
    """

    exchange_id: str
    kind: Literal["http", "websocket"]
    method: str
    scheme: str
    host: str
    port: int
    path: str
    client_host: str = ""
    client_port: int = 0
    listen_port: int = 0
    profile: str | None = None
    source: Literal["proxy", "page", "cli"] = "proxy"
    request_content_type: str = ""
    t_start: float = 0.0

    @property
    def safe_path(self) -> str:
        """The path without query and fragment: safe to store and show."""
        return self.path.partition("?")[0].partition("#")[0]


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The response head. content_encoding is empty unless the server compressed all the same."""

    status: int
    content_type: str = ""
    content_encoding: str = ""


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes in one direction, in wire order. `body` for HTTP; one whole WebSocket message for `text`/`binary`.

    t: Unix seconds at which the proxy saw the last of these bytes.
    """

    direction: Direction
    data: bytes
    t: float
    frame: Frame = "body"
