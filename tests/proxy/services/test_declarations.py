"""What each service file declares."""

import importlib
import inspect
import re

import pytest

from proxy.hosts import denied
from proxy.routing import pattern
from proxy.services import Service, all_services, service
from tests.proxy import flows

ORDER = ["NAME", "HOSTS", "PATHS", "FRAMING", "LAST_VERIFIED", "KIND", "CONFIDENCE"]
OPTIONAL = ["HISTORY", "OPTIONAL_HOSTS", "OPTIONAL_PATHS", "ELSEWHERE", "NOTE"]
FRAMINGS = {"sse", "ndjson", "json_objects", "lines", "length_frames", "websocket", "text", "none"}
SERVICES = [pytest.param(entry, id=entry.name) for entry in all_services()]


@pytest.mark.parametrize("entry", SERVICES)
def test_declared_at_the_top_in_one_order(entry: Service) -> None:
    module = importlib.import_module(f"proxy.services.{entry.name}")
    names = re.findall(r"^([A-Z_]+)(?::[^=]+)? = ", inspect.getsource(module), re.MULTILINE)
    names = [name for name in names if not name.startswith("_")]
    assert names[: len(ORDER)] == ORDER
    assert set(names[len(ORDER) :]) <= set(OPTIONAL)
    assert entry.summary.endswith(".")
    assert re.fullmatch(r"20\d\d-[01]\d", entry.last_verified)
    assert entry.framing in FRAMINGS


@pytest.mark.parametrize("entry", SERVICES)
def test_a_kind_has_what_it_needs(entry: Service) -> None:
    assert entry.name == entry.name.lower()
    if entry.kind == "infeasible":
        assert entry.decoder is None
        assert not entry.paths
        assert entry.note
    else:
        assert entry.decoder is not None
        assert entry.hosts
    if entry.kind == "full":
        assert entry.paths
    for path in (*entry.paths, *entry.optional_paths):
        assert pattern(path).method in ("GET", "POST", "WS")
    for old in entry.history:
        assert old.partition(" (")[0] in (*entry.paths, *entry.optional_paths)


def test_no_host_that_is_read_is_denied() -> None:
    for entry in all_services():
        if entry.kind != "infeasible":
            for host in (*entry.hosts, *entry.optional_hosts):
                assert denied(host.removeprefix("*.")) is None, host


def test_each_host_belongs_to_one_service() -> None:
    """Local ports are a habit, not a name: two servers may use the same one, with different paths."""
    owners: dict[str, list[str]] = {}
    for entry in all_services():
        for host in entry.hosts:
            owners.setdefault(host, []).append(entry.name)
    shared = {host: names for host, names in owners.items() if len(names) > 1}
    assert all(host.rpartition(":")[2] == "8000" for host in shared), shared
    assert all(set(names) == {"sillytavern", "vllm"} for names in shared.values())
    first, second = service("vllm"), service("sillytavern")
    assert first
    assert second
    assert not set(first.paths) & set(second.paths)


def test_each_recording_is_claimed_by_the_service_of_its_folder() -> None:
    for case in flows.own_cases():
        decoder = flows.run(flows.load(case.parent.name, case.name))
        if flows.expected(case):
            assert decoder.service == case.parent.name, case
