"""Which hosts are read and which never are. One list, generated from the services; the deny list wins."""

import re
from fnmatch import translate
from functools import cache, lru_cache

from proxy.deny import NEVER
from proxy.services import Service, all_services

_PORT = re.compile(r":\d{1,5}$")


def normalise(host: str) -> str:
    """Lower case, no trailing dot, no white space; a port stays."""
    host = host.strip().lower()
    port = _PORT.search(host)
    name = host[: port.start()] if port else host
    return name.rstrip(".") + (port.group() if port else "")


def host_matches(pattern: str, host: str, port: int = 0) -> bool:
    """pattern: an exact name, `*.suffix` (the suffix and what is below it) or `name:port`."""
    if pattern.startswith("*."):
        return host == pattern[2:] or host.endswith(pattern[1:])
    return pattern in (host, f"{host}:{port}")


def services_of(host: str, port: int = 0) -> list[Service]:
    """Services that name this host, those with a decoder of their own first."""
    order = {"full": 0, "generic": 1, "infeasible": 2}
    host = normalise(host)
    found = [
        s for s in all_services() if any(host_matches(pattern, host, port) for pattern in (*s.hosts, *s.optional_hosts))
    ]
    return sorted(found, key=lambda service: (order[service.kind], service.name))


@lru_cache(maxsize=4096)
def listed(host: str) -> str | None:
    """The service whose bytes are read on this host (`name` or `name:port`), or None."""
    if denied(host):
        return None
    host = normalise(host)
    for service in all_services():
        if service.kind != "infeasible" and any(host_matches(pattern, host) for pattern in service.hosts):
            return service.name
    return None


def contact(host: str) -> str | None:
    """The service that can only be reported as a contact, because its bytes are not readable."""
    host = normalise(host)
    for service in all_services():
        if service.kind == "infeasible" and any(host_matches(pattern, host) for pattern in service.hosts):
            return service.name
    return None


@cache
def _deny_patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    patterns = []
    for reason, names in NEVER.items():
        for name in names:
            patterns.append((re.compile(translate(name)), reason))
            if name.startswith("*."):
                patterns.append((re.compile(translate(name[2:])), reason))
    return tuple(patterns)


@lru_cache(maxsize=4096)
def denied(host: str) -> str | None:
    """Why this host is never read, or None."""
    name = _PORT.sub("", normalise(host))
    return next((reason for pattern, reason in _deny_patterns() if pattern.match(name)), None)


@cache
def all_hosts() -> tuple[str, ...]:
    """Every host pattern that is read, sorted; `*.suffix` and `name:port` as the services declare them."""
    hosts = {host for service in all_services() if service.kind != "infeasible" for host in service.hosts}
    return tuple(sorted(host for host in hosts if not denied(host.removeprefix("*."))))
