"""A local TLS server under the names of real services."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import trustme
from aiohttp import web


@dataclass
class LocalSite:
    """Serves `application()` while it is entered. port: where; root: the certificate to trust."""

    folder: Path
    names: tuple[str, ...] = ()
    port: int = 0
    root: Path = field(init=False)
    _runner: web.AppRunner | None = None

    def application(self) -> web.Application:
        """What is served."""
        raise AssertionError("a site serves something")

    def options(self) -> dict[str, Any]:
        """More options of the runner."""
        return {}

    async def __aenter__(self) -> Self:
        authority = trustme.CA()
        self.root = self.folder / "site-ca.pem"
        self.root.write_bytes(authority.cert_pem.bytes())
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*self.names).configure_cert(context)
        self._runner = web.AppRunner(self.application(), shutdown_timeout=1, **self.options())
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def hosts(self) -> dict[str, int]:
        """Name -> port, for the browser's resolver rules."""
        return dict.fromkeys(self.names, self.port)
