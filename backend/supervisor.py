"""Starts the proxy and the backend, restarts what dies, and ends both. Standard library only, to stay small in memory.

Run as `python -m backend.supervisor FD`: one JSON object (`Plan`) is read from that file descriptor.
"""

import asyncio
import json
import os
import queue
import secrets
import signal
import sys
import threading
import time
from collections.abc import Coroutine, Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

READY_LIMIT = 60.0
TERM_LIMIT = 6.0
BACKOFF = (0.2, 0.5, 1.0, 2.0, 5.0)
LONG_LIFE = 30.0
LOG_LIMIT = 5_000_000


class StartError(Exception):
    """The set-up cannot start; the text is one line that says what to do."""


class Console:
    """Prints lines from a thread of its own, so that a reader that stops reading never stops us."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._lines: queue.Queue[str] = queue.Queue(maxsize=1000)
        threading.Thread(target=self._write, daemon=True).start()

    def say(self, event: Mapping[str, Any], text: str) -> None:
        """One event: its JSON object or its sentence. Dropped when nobody reads."""
        try:
            self._lines.put_nowait(json.dumps(event) if self.as_json else text)
        except queue.Full:
            return

    def drain(self, limit: float = 1.0) -> None:
        """Give the writer a moment to print what is queued."""
        end = time.monotonic() + limit
        while not self._lines.empty() and time.monotonic() < end:
            time.sleep(0.01)

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            try:
                print(line, flush=True)
            except OSError:
                return


class Child:
    """One child process: started with a settings object on its standard input, restarted with back-off when it dies."""

    def __init__(self, name: str, module: str, settings: dict[str, Any], log: Path, console: Console) -> None:
        self.name = name
        self.module = module
        self.settings = settings
        self.log = log
        self.console = console
        self.process: asyncio.subprocess.Process | None = None
        self.hello: dict[str, Any] = {}

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    async def start(self) -> dict[str, Any]:
        """Start it and wait for its first line. Raises StartError."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "ab") as errors:  # noqa: ASYNC230 - a local file, opened once a start
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self.module,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(self.settings).encode() + b"\n")
            await self.process.stdin.drain()
            line = await asyncio.wait_for(self.process.stdout.readline(), READY_LIMIT)
            hello = json.loads(line)
        except TimeoutError:
            await self.stop()
            raise StartError(f"{self.name} did not get ready in {READY_LIMIT:.0f} s; see {self.log}") from None
        except (OSError, ValueError):
            await self.process.wait()
            raise StartError(self._last_words()) from None
        if "error" in hello:
            await self.stop()
            raise StartError(str(hello["error"]))
        self.hello = hello
        return self.hello

    async def wait(self) -> int:
        """Drain its output until it ends; its exit code."""
        assert self.process is not None
        assert self.process.stdout is not None
        while await self.process.stdout.read(65536):
            pass
        return await self.process.wait()

    async def stop(self) -> None:
        """TERM, wait, KILL."""
        process = self.process
        if process is None or process.returncode is not None:
            return
        try:
            process.terminate()
            await asyncio.wait_for(process.wait(), TERM_LIMIT)
        except TimeoutError:
            process.kill()
            await process.wait()
        except ProcessLookupError:
            return

    def _last_words(self) -> str:
        try:
            lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        except OSError:
            lines = []
        last = lines[-1].strip() if lines else "no message"
        return f"{self.name} ended while starting: {last} (log: {self.log})"


class Supervisor:
    """Both children, their ports and tokens, and what is printed about them."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.data = Path(plan["data"])
        self.console = Console(as_json=plan["json"])
        self.control_token = secrets.token_urlsafe(24)
        self.stopping = asyncio.Event()
        self.signals = 0
        self.proxy: Child
        self.backend: Child

    async def run(self) -> int:
        """Start, stay, stop. The exit code of the command."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, self._on_signal)
            except NotImplementedError:
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._on_signal))
        started = time.monotonic()
        settings = {"data": self.plan["data"]}
        selftest = Child("self-test", "backend.selftest", settings, self._log("selftest"), self.console)
        try:
            if self.plan["self_test"]:
                hello = await selftest.start()
                self.plan["connect_to"].append(f"{hello['host']}:443:127.0.0.1:{hello['port']}")
                self.plan["upstream_ca"].append(hello["ca"])
            await self._unless_stopped(self._start_both())
        except StartError as error:
            await self._stop_all(selftest)
            print(f"groundwire: {error}", file=sys.stderr, flush=True)
            return 1
        if self.stopping.is_set():
            await self._stop_all(selftest)
            return 0
        self._say_ready(time.monotonic() - started)
        watchers = [asyncio.create_task(self._keep(child)) for child in (self.proxy, self.backend)]
        if self.plan["self_test"]:
            watchers.append(asyncio.create_task(self._self_test(selftest)))
        await self.stopping.wait()
        for watcher in watchers:
            watcher.cancel()
        await self._stop_all(selftest)
        self.console.say({"stopped": True}, "Groundwire has stopped. Nothing is watched over now.")
        self.console.drain()
        return 0

    async def _unless_stopped(self, starting: Coroutine[Any, Any, None]) -> None:
        """Start, but give it up when a signal comes first. Raises what starting raises."""
        start, stop = asyncio.create_task(starting), asyncio.create_task(self.stopping.wait())
        await asyncio.wait({start, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if start.done():
            start.result()
        else:
            start.cancel()
            await asyncio.gather(start, return_exceptions=True)

    async def _start_both(self) -> None:
        plan = self.plan
        api_port = plan["port"] + 1 if plan["port"] else free_port()
        link_token = secrets.token_urlsafe(24)
        common = {"data": plan["data"], "parent_pid": os.getpid(), "link_token": link_token}
        self.proxy = Child(
            "proxy",
            "proxy.addon",
            common
            | {
                "listen": plan["listen"],
                "link_url": f"ws://127.0.0.1:{api_port}/internal/link",
                "connect_to": plan["connect_to"],
                "upstream_ca": plan["upstream_ca"],
            },
            self._log("proxy"),
            self.console,
        )
        self.backend = Child(
            "backend",
            "backend.server",
            common
            | {
                "host": "127.0.0.1",
                "port": api_port,
                "control_token": self.control_token,
                "default_profile": plan["profile"],
                "profiles": plan["profiles"],
                "store": plan["store"],
                "model": None,
            },
            self._log("backend"),
            self.console,
        )
        results = await asyncio.gather(self.proxy.start(), self.backend.start(), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        # A restarted proxy must come back on the port that browsers already use.
        for listener, port in zip(plan["listen"], self.proxy.hello["listening"], strict=True):
            listener["port"] = port
        self.backend.settings["port"] = self.backend.hello["listening"]
        await self._tell_backend()

    def facts(self) -> dict[str, Any]:
        """The fields of the ready line and of `/v1/status`."""
        return {
            "proxy": f"127.0.0.1:{self.proxy.hello['listening'][0]}",
            "api": f"http://127.0.0.1:{self.backend.hello['listening']}",
            "pairing_code": self.backend.hello["pairing_code"],
            "ca": self.proxy.hello["ca"],
            "pids": {"supervisor": os.getpid(), "proxy": self.proxy.pid, "backend": self.backend.pid},
        }

    async def _tell_backend(self) -> None:
        body = json.dumps(self.facts() | {"ready": True, "listen": self.plan["listen"]})
        await asyncio.to_thread(post, self.backend.hello["listening"], "/internal/status", body, self.control_token)

    def _say_ready(self, seconds: float) -> None:
        facts = self.facts()
        profile = self.plan["profile"]
        age = f", {profile['age']} years old" if profile["age"] is not None else ""
        lines = [
            f"Groundwire is ready ({seconds:.1f} s). Watching over: {profile['name']}{age}.",
            f"  Proxy         {facts['proxy']}   (automatic set-up file: {facts['api']}/proxy.pac)",
            f"  Certificate   {facts['ca']}",
            f"  API           {facts['api']}",
            f"  Pairing code  {facts['pairing_code']}   (type it into the extension)",
            "Press Ctrl-C to stop.",
        ]
        self.console.say({"ready": True} | facts, "\n".join(lines))

    async def _keep(self, child: Child) -> None:
        attempt = 0
        while True:
            born = time.monotonic()
            code = await child.wait()
            if time.monotonic() - born > LONG_LIFE:
                attempt = 0
            while True:
                pause = BACKOFF[min(attempt, len(BACKOFF) - 1)]
                attempt += 1
                self.console.say(
                    {"event": "restart", "part": child.name, "exit_code": code, "in_s": pause},
                    f"The {child.name} ended ({code}); starting it again in {pause} s. Chats go on.",
                )
                await asyncio.sleep(pause)
                try:
                    await child.start()
                    await self._tell_backend()
                    break
                except (StartError, OSError, HTTPException) as error:
                    self.console.say({"event": "failed", "part": child.name, "error": str(error)}, str(error))
            self.console.say(
                {"event": "restarted", "part": child.name, "pids": self.facts()["pids"]},
                f"The {child.name} is back.",
            )

    async def _self_test(self, selftest: Child) -> None:
        process = selftest.process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        go = self.facts() | {"control_token": self.control_token}
        process.stdin.write(json.dumps(go).encode() + b"\n")
        await process.stdin.drain()
        line = await process.stdout.readline()
        try:
            result = json.loads(line)
        except ValueError:
            result = {"ok": False, "text": f"Self-test gave no result; see {selftest.log}"}
        self.console.say({"self_test": result}, result["text"])
        await selftest.stop()

    async def _stop_all(self, selftest: Child) -> None:
        await asyncio.gather(*(child.stop() for child in [*self._children(), selftest]))

    def _children(self) -> list[Child]:
        """Those that have been made so far."""
        return [getattr(self, name) for name in ("proxy", "backend") if hasattr(self, name)]

    def _on_signal(self) -> None:
        self.signals += 1
        self.stopping.set()
        if self.signals > 1:
            for child in self._children():
                if child.process and child.process.returncode is None:
                    child.process.kill()

    def _log(self, name: str) -> Path:
        folder = self.data / "logs"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder / f"{name}.log"


def free_port() -> int:
    """A loopback TCP port that is free at this moment."""
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def post(port: int, path: str, body: str, token: str) -> None:
    """POST JSON to our own backend on loopback."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", path, body, headers)
        connection.getresponse().read()
    finally:
        connection.close()


def main(plan: dict[str, Any]) -> int:
    """Run until a signal. Exit code: 0 stopped, 1 could not start."""
    return asyncio.run(Supervisor(plan).run())


if __name__ == "__main__":
    with open(int(sys.argv[1]), "rb") as pipe:
        settings = json.loads(pipe.read())
    sys.exit(main(settings))
