"""Starting and stopping a real proxy process."""

import asyncio
import json
import os
import ssl
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass
class ProxyProcess:
    """A running `python -m proxy.addon`; use as an async context manager."""

    data: Path
    link_url: str = "ws://127.0.0.1:9/internal/link"
    link_token: str = "test-token"
    connect_to: list[str] = field(default_factory=list)
    upstream_ca: list[Path] = field(default_factory=list)
    listen: list[dict[str, Any]] = field(default_factory=lambda: [{"port": 0, "profile": "default"}])
    command: tuple[str, ...] = ("-m", "proxy.addon")

    process: asyncio.subprocess.Process = field(init=False)
    ports: list[int] = field(init=False, default_factory=list)
    ca: Path = field(init=False)
    _log: Any = field(init=False, default=None)

    async def start(self) -> "ProxyProcess":
        """Start it and wait until it listens. Raises RuntimeError with what it said when it does not."""
        settings = {
            "listen": self.listen,
            "data": str(self.data),
            "link_url": self.link_url,
            "link_token": self.link_token,
            "connect_to": self.connect_to,
            "upstream_ca": [str(path) for path in self.upstream_ca],
            "parent_pid": os.getpid(),
        }
        self._log = (self.data.parent / f"{self.data.name}.stderr").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self.command,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(settings).encode() + b"\n")
        await self.process.stdin.drain()
        line = await asyncio.wait_for(self.process.stdout.readline(), 30)
        if not line:
            raise RuntimeError(self.errors() or "the proxy said nothing")
        ready = json.loads(line)
        self.ports = ready["listening"]
        self.ca = Path(ready["ca"])
        return self

    @property
    def url(self) -> str:
        """The first port as a proxy URL."""
        return f"http://127.0.0.1:{self.ports[0]}"

    def trusting(self) -> ssl.SSLContext:
        """A client context that trusts the proxy's root and nothing else."""
        return ssl.create_default_context(cafile=str(self.ca))

    def errors(self) -> str:
        """What it has written to stderr."""
        return (self.data.parent / f"{self.data.name}.stderr").read_text()

    async def stop(self) -> int:
        """Ask it to end, and wait; the exit code."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 10)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        self._log.close()
        code = self.process.returncode
        assert code is not None
        return code

    async def __aenter__(self) -> "ProxyProcess":
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
