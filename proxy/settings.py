"""What the proxy process is told on the first line of its standard input."""

import socket
from dataclasses import dataclass

import msgspec


class SettingsError(Exception):
    """The settings cannot be used; the text says why."""


class Listen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One listening port. port: 0 = any free one; mode: `regular` or `reverse:http://HOST:PORT`."""

    port: int
    profile: str | None = None
    host: str = "127.0.0.1"
    mode: str = "regular"

    def with_port(self) -> "Listen":
        """The same with a free port instead of 0."""
        if self.port:
            return self
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((self.host, 0))
            return msgspec.structs.replace(self, port=probe.getsockname()[1])


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one proxy process. data: the folder for everything written; parent_pid: end when it has gone, 0 =
    never.
    """

    listen: tuple[Listen, ...]
    data: str
    link_url: str
    link_token: str
    connect_to: tuple[str, ...] = ()
    upstream_ca: tuple[str, ...] = ()
    parent_pid: int = 0


def read_settings(line: str | bytes) -> Settings:
    """Settings from one JSON line. Raises SettingsError."""
    try:
        settings = msgspec.json.decode(line, type=Settings)
    except msgspec.DecodeError as error:
        raise SettingsError(f"The proxy's settings are not usable: {error}") from error
    if not settings.listen:
        raise SettingsError("The proxy's settings name no port to listen on.")
    for listen in settings.listen:
        if not 0 <= listen.port < 65536:
            raise SettingsError(f"{listen.port} is not a port.")
        if listen.mode != "regular" and not listen.mode.startswith("reverse:http://"):
            raise SettingsError(f"Unknown mode {listen.mode!r}: use regular or reverse:http://HOST:PORT.")
    return settings


@dataclass(frozen=True, slots=True)
class ConnectTo:
    """A rule as curl's `--connect-to HOST1:PORT1:HOST2:PORT2`: an empty field matches, or keeps, anything."""

    host: str
    port: int | None
    to_host: str
    to_port: int | None

    def apply(self, host: str, port: int) -> tuple[str, int] | None:
        """The address to connect to instead, or None when the rule does not match."""
        if (self.host and self.host != host.lower()) or (self.port is not None and self.port != port):
            return None
        return self.to_host or host, port if self.to_port is None else self.to_port


def parse_connect_to(text: str) -> ConnectTo:
    """A rule from its text; IPv6 hosts stand in brackets. Raises SettingsError."""
    fields = _fields(text)
    try:
        host, port, to_host, to_port = fields
        return ConnectTo(host.lower(), _port(port), to_host, _port(to_port))
    except ValueError as error:
        raise SettingsError(f"{text!r} is not HOST:PORT:HOST2:PORT2.") from error


def _port(text: str) -> int | None:
    if not text:
        return None
    port = int(text)
    if not 0 < port < 65536:
        raise ValueError(port)
    return port


def _fields(text: str) -> list[str]:
    fields = [""]
    inside = False
    for char in text:
        if char == "[" and not fields[-1]:
            inside = True
        elif char == "]" and inside:
            inside = False
        elif char == ":" and not inside:
            fields.append("")
        else:
            fields[-1] += char
    return fields
