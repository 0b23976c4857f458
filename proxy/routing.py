"""Which decoder reads an exchange: by host and path, else by path and shape, else the generic one."""

import ipaddress
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from proxy.exchange import ExchangeMeta
from proxy.hosts import host_matches, normalise, services_of
from proxy.services import Service, all_services

CHAT_WORDS = re.compile(r"chat|conversation|completion|message|generate|turn", re.IGNORECASE)
NOISE_WORDS = re.compile(
    r"telemetry|analytics|title|suggest|autosuggest|settings|feedback|moderation|prepare|stream_status|/check$|/abort$",
    re.IGNORECASE,
)
SOCKET_WORDS = re.compile(CHAT_WORDS.pattern + r"|ws|socket|realtime|stream|gateway", re.IGNORECASE)
_SHARED = {"POST /v1/chat/completions", "POST /v1/responses", "POST /v1/completions"}
_TOKEN = re.compile(r"/\*\*/|\*\*|\*|\{uuid\}")
_REGEX = {"/**/": r"(?:/.*)?/", "**": r".*", "*": r"[^/]*", "{uuid}": r"[\w.~-]{6,}"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """One entry of PATHS. host is empty where any host of the service will do."""

    method: str
    host: str
    path: re.Pattern[str]
    query: str
    broad: bool

    def matches(self, meta: ExchangeMeta, path: str, query: str, any_host: bool = False) -> bool:
        method = "WS" if meta.kind == "websocket" else meta.method.upper()
        if method != self.method or not self.path.fullmatch(path):
            return False
        if self.query and not any(self.query in item for item in query.split("&")):
            return False
        return any_host or not self.host or host_matches(self.host, normalise(meta.host), meta.port)


@cache
def pattern(text: str) -> Pattern:
    method, _, target = text.partition(" ")
    host, slash, rest = target.partition("/")
    path, _, query = (slash + rest).partition("?")
    expression, position = "", 0
    for token in _TOKEN.finditer(path):
        expression += re.escape(path[position : token.start()]) + _REGEX[token.group()]
        position = token.end()
    expression += re.escape(path[position:])
    expression = expression.removesuffix("/") + "/?"
    return Pattern(method, "" if host == "*" else host, re.compile(expression), query, broad=path == "/**")


@dataclass(frozen=True, slots=True)
class Claim:
    """how: `path` = this service reads it; `generic` = only the generic decoder can; `probe` = the host is unknown and
    the shape must tell; `unclaimed` = a listed host sends something that looks like chat on a path that nobody
    declared, so that only a shared dialect can be recognised; `none` = not a chat.
    rename: with `unclaimed`, the port is only a habit, so a recognised dialect names the service.
    """

    how: Literal["path", "generic", "probe", "unclaimed", "none"]
    service: Service | None = None
    rename: bool = False


def looks_like_noise(meta: ExchangeMeta) -> bool:
    return bool(NOISE_WORDS.search(meta.safe_path))


def looks_like_chat(meta: ExchangeMeta) -> bool:
    posted = meta.method.upper() == "POST" and bool(CHAT_WORDS.search(meta.safe_path))
    return posted and not looks_like_noise(meta)


def claim(meta: ExchangeMeta) -> Claim:
    path, query = split_path(meta)
    known = services_of(meta.host, meta.port) or _local(meta)
    for service in known:
        if service.decoder and any(
            pattern(p).matches(meta, path, query) for p in (*service.paths, *service.optional_paths)
        ):
            return Claim("path", service)
    if not known:
        return Claim("probe")
    first = next((service for service in known if service.elsewhere != "dialect"), known[0])
    if first.kind == "infeasible":
        return Claim("none", first)
    if not (looks_like_chat(meta) or looks_like_chat_socket(meta)):
        return Claim("none", first)
    if first.kind == "generic" or first.elsewhere == "generic":
        return Claim("generic", first)
    return Claim("unclaimed", first, rename=first.elsewhere == "dialect")


def by_path(meta: ExchangeMeta) -> list[Service]:
    """Services with a decoder of their own that know this path on their own hosts; the most specific path first."""
    path, query = split_path(meta)
    found = []
    for service in all_services():
        fits = [
            text
            for text in (*service.paths, *service.optional_paths)
            if text not in _SHARED
            and not pattern(text).broad
            and pattern(text).matches(meta, path, query, any_host=True)
        ]
        if service.kind == "full" and service.decoder and fits:
            found.append((max(len(text.replace("*", "")) for text in fits), service))
    return [service for _, service in sorted(found, key=lambda item: (-item[0], item[1].name))]


def looks_like_chat_socket(meta: ExchangeMeta) -> bool:
    return meta.kind == "websocket" and bool(SOCKET_WORDS.search(meta.safe_path)) and not looks_like_noise(meta)


def split_path(meta: ExchangeMeta) -> tuple[str, str]:
    path, _, query = meta.path.partition("#")[0].partition("?")
    return path or "/", query


def _local(meta: ExchangeMeta) -> list[Service]:
    """Local servers that are reached by another address of this machine or network, told by their usual port."""
    host = normalise(meta.host).strip("[]")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if "." in host and not host.endswith((".local", ".localhost", ".lan", ".internal")):
            return []
    else:
        if not (address.is_loopback or address.is_private):
            return []
    path, query = split_path(meta)
    return [
        service
        for service in all_services()
        if any(entry.endswith(f":{meta.port}") for entry in service.hosts)
        and any(pattern(text).matches(meta, path, query, any_host=True) for text in service.paths)
    ]
