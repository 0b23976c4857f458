"""Fixtures for tests that run the real proxy process against a local TLS server."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import TestAuthority
from tests.support.link_server import LinkServer
from tests.support.proxy_process import ProxyProcess
from tests.support.upstream import Upstream


@pytest.fixture
def test_authority(tmp_path: Path) -> TestAuthority:
    """Who certifies the local servers."""
    return TestAuthority(tmp_path)


@pytest.fixture
async def upstream(test_authority: TestAuthority) -> AsyncIterator[Upstream]:
    """The local chat service."""
    async with Upstream(test_authority) as server:
        yield server


@pytest.fixture
async def link() -> AsyncIterator[LinkServer]:
    """The backend's end of the link."""
    async with LinkServer() as server:
        yield server


@pytest.fixture
def make_proxy(tmp_path: Path, upstream: Upstream, test_authority: TestAuthority) -> Callable[..., ProxyProcess]:
    """A proxy process (to be started) whose every upstream connection goes to the local service."""

    def make(**changes: Any) -> ProxyProcess:
        return ProxyProcess(
            tmp_path / "data",
            **{"connect_to": [upstream.connect_to()], "upstream_ca": [test_authority.pem], **changes},
        )

    return make


@pytest.fixture
async def proxy(make_proxy: Callable[..., ProxyProcess], link: LinkServer) -> AsyncIterator[ProxyProcess]:
    """A running proxy that is linked to `link`."""
    async with make_proxy(link_url=link.url) as process:
        yield process
