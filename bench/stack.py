"""The whole set-up as processes: local services with real TLS behind `groundwire run`, and a client of its feed."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import trustme

from backend.demo import script
from backend.demo.service import serve

HOSTS = ["api.openai.com", "chatgpt.com", "character.ai", "neo.character.ai", "claude.ai"]


@dataclass
class Stack:
    """A running `groundwire run` and what it printed when it was ready."""

    process: asyncio.subprocess.Process
    facts: dict[str, Any]
    service_ca: Path
    service_port: int
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def proxy(self) -> str:
        return f"http://{self.facts['proxy']}"

    @property
    def api(self) -> str:
        return str(self.facts["api"])

    @property
    def ca(self) -> str:
        return str(self.facts["ca"])

    async def event(self, wanted: Callable[[dict[str, Any]], bool], limit: float = 30) -> dict[str, Any]:
        """The next printed line for which `wanted` holds."""
        assert self.process.stdout is not None
        async with asyncio.timeout(limit):
            while line := await self.process.stdout.readline():
                event: dict[str, Any] = json.loads(line)
                self.log.append(event)
                if event.get("pids"):
                    self.facts["pids"] = event["pids"]
                if wanted(event):
                    return event
        raise AssertionError(f"ended without the line; saw {self.log}")

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        async with asyncio.timeout(15):
            return await self.process.wait()


@contextlib.asynccontextmanager
async def running(
    folder: Path, options: list[str] | None = None, *, pace: float = 0.02, hosts: list[str] | None = None
) -> AsyncIterator[Stack]:
    """`groundwire run` on free ports with our local services behind the listed hosts."""
    authority = trustme.CA()
    folder.mkdir(parents=True, exist_ok=True)
    service_ca = folder / "service-ca.pem"
    service_ca.write_bytes(authority.cert_pem.bytes())
    names = hosts or HOSTS
    async with serve(script.load(), names, pace, authority) as port:
        arguments = ["run", "--json", "--port", "0", "--data", str(folder / "data"), "--upstream-ca", str(service_ca)]
        for name in names:
            arguments += ["--connect-to", f"{name}:443:127.0.0.1:{port}"]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "backend.cli.main",
            *arguments,
            *(options or []),
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        try:
            assert process.stdout is not None
            line = await asyncio.wait_for(process.stdout.readline(), 60)
            assert line, "it ended before it was ready"
            yield Stack(process, json.loads(line), service_ca, port)
        finally:
            if process.returncode is None:
                process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), 15)
                except TimeoutError:
                    process.kill()
                    await process.wait()


class Feed:
    """A paired client of the feed that remembers what it was told."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.token = ""
        self.seq = 0
        self.events: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.arrived = asyncio.Condition()

    async def pair(self, session: aiohttp.ClientSession, code: str) -> None:
        async with session.post(f"{self.api}/v1/pair", json={"code": code, "name": "test"}) as response:
            assert response.status == 200, await response.text()
            self.token = (await response.json())["token"]

    async def follow(self, session: aiohttp.ClientSession) -> None:
        """Stay connected, resume by `since` after every break."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with session.ws_connect(f"{self.api}/v1/feed") as socket:
                    await socket.send_json({"type": "hello", "token": self.token, "since": self.seq})
                    async for frame in socket:
                        event = json.loads(frame.data)
                        self.seq = max(self.seq, event.get("seq") or 0)
                        async with self.arrived:
                            self.events.append(event)
                            self.times.append(time.time())
                            self.arrived.notify_all()
            await asyncio.sleep(0.1)

    def alerts(self) -> list[dict[str, Any]]:
        return [e["alert"] for e in self.events if e["type"] == "alert"]

    async def wait_for(self, wanted: Callable[["Feed"], bool], limit: float = 20) -> None:
        async with asyncio.timeout(limit), self.arrived:
            await self.arrived.wait_for(lambda: wanted(self))


@contextlib.asynccontextmanager
async def following(stack: Stack, session: aiohttp.ClientSession) -> AsyncIterator[Feed]:
    """A feed client of the default profile's owner."""
    feed = Feed(stack.api)
    await feed.pair(session, stack.facts["pairing_code"])
    task = asyncio.create_task(feed.follow(session))
    try:
        yield feed
    finally:
        task.cancel()
