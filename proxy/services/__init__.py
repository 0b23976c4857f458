"""One file for each service, discovered by listing this package.

A module declares NAME, HOSTS, PATHS, FRAMING, LAST_VERIFIED, KIND (full, generic, infeasible) and CONFIDENCE (real,
read, old, unknown), optionally HISTORY, OPTIONAL_HOSTS, OPTIONAL_PATHS, ELSEWHERE and NOTE, then
`decoder(flow) -> Decoder`, and `recognise(probe) -> bool` where the path alone does not tell the service on another
host. ELSEWHERE is for what looks like chat on other paths of the service's hosts: "generic" = the generic decoder reads
it; "dialect" = the port is a habit that other local servers share, so a recognised dialect names the service.
HOSTS are exact names, `*.suffix`, or `host:port` of a local server. PATHS are `METHOD [host]/path`, where `*` is one
path segment, `**` any number and `{uuid}` one id; the method WS is a WebSocket.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from proxy.dialects.flow import Decoder, Flow, Probe

Kind = Literal["full", "generic", "infeasible"]


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    framing: str
    last_verified: str
    kind: Kind
    confidence: Literal["real", "read", "old", "unknown"]
    history: tuple[str, ...]
    optional_hosts: tuple[str, ...]
    optional_paths: tuple[str, ...]
    note: str
    summary: str
    elsewhere: str
    decoder: Callable[[Flow], Decoder] | None
    recognise: Callable[[Probe], bool] | None


@cache
def all_services() -> tuple[Service, ...]:
    """Every service, by name."""
    services = []
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        services.append(
            Service(
                name=module.NAME,
                hosts=module.HOSTS,
                paths=module.PATHS,
                framing=module.FRAMING,
                last_verified=module.LAST_VERIFIED,
                kind=module.KIND,
                confidence=module.CONFIDENCE,
                history=getattr(module, "HISTORY", ()),
                optional_hosts=getattr(module, "OPTIONAL_HOSTS", ()),
                optional_paths=getattr(module, "OPTIONAL_PATHS", ()),
                note=getattr(module, "NOTE", ""),
                summary=(module.__doc__ or "").strip().partition("\n")[0],
                elsewhere=getattr(module, "ELSEWHERE", ""),
                decoder=getattr(module, "decoder", None),
                recognise=getattr(module, "recognise", None),
            )
        )
    return tuple(sorted(services, key=lambda service: service.name))


@cache
def service(name: str) -> Service | None:
    return next((entry for entry in all_services() if entry.name == name), None)
