"""What the proxy adds to each piece of a streamed answer.

`python -m bench.proxy_latency [--rounds N] [--chunks N] [--interval-ms MS] [--chats N]` prints one JSON object. Three
ways to the same local TLS service are measured: `direct`, `bare` (mitmproxy, streaming, nothing else) and `ours` (the
proxy process with its copies going to a backend). They run side by side, their pieces a third of an interval apart, so
that whatever else the machine does meets all of them alike. Delay: from the service's write to the client's read, in
ms, p50 and p99 over all pieces of all rounds; `ours_to_bare` are the ratios, with 95 % intervals over rounds. Memory is
the resident set in MB.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import random
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import trustme

from bench.proxy_rig import HOST

WAYS = ("direct", "bare", "ours")
KINDS = ("sse", "websocket")


@contextlib.asynccontextmanager
async def process(*command: str, told: dict[str, Any] | None = None) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    """A child that prints one JSON line when it is ready: its id and that line."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps(told or {}).encode() + b"\n")
        await child.stdin.drain()
        yield child.pid, json.loads(await asyncio.wait_for(child.stdout.readline(), 60))
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


class Way:
    """One way to the service, and the delays seen on it by round."""

    def __init__(self, session: aiohttp.ClientSession, url: str, proxy: str | None, trust: ssl.SSLContext) -> None:
        self.session = session
        self.url = url
        self.proxy = proxy
        self.trust = trust
        self.rounds: dict[str, list[list[float]]] = {kind: [] for kind in KINDS}

    async def sse(self, wanted: dict[str, float]) -> list[float]:
        """Delays in ms of one streamed answer."""
        delays = []
        async with self.session.post(
            f"{self.url}/v1/chat/completions",
            json=wanted,
            proxy=self.proxy,
            ssl=self.trust,
            server_hostname=HOST,
            headers={"Host": HOST},
        ) as response:
            async for line in response.content:
                now = time.monotonic_ns()
                if line.startswith(b"data: "):
                    delays.append((now - json.loads(line[6:])["t"]) / 1e6)
        return delays

    async def websocket(self, wanted: dict[str, float]) -> list[float]:
        """Delays in ms of one WebSocket's messages."""
        delays = []
        async with self.session.ws_connect(
            f"{self.url}/socket", proxy=self.proxy, ssl=self.trust, server_hostname=HOST, headers={"Host": HOST}
        ) as socket:
            await socket.send_json(wanted)
            async for message in socket:
                now = time.monotonic_ns()
                if message.type is aiohttp.WSMsgType.TEXT:
                    delays.append((now - json.loads(message.data)["t"]) / 1e6)
        return delays

    async def measure(self, kind: str, chats: int, wanted: dict[str, float]) -> None:
        """One round."""
        speak = self.sse if kind == "sse" else self.websocket
        answers = await asyncio.gather(*(speak(wanted) for _ in range(chats)))
        assert all(len(answer) == wanted["chunks"] for answer in answers), "an answer is not whole"
        # The first pieces still pay for warming up.
        self.rounds[kind].append([delay for answer in answers for delay in answer[5:]])


def quantile(values: list[float], q: float) -> float:
    """The q-quantile, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def pooled(rounds: list[list[float]], q: float) -> float:
    """The q-quantile of all delays together."""
    return quantile([delay for delays in rounds for delay in delays], q)


def ratio(ours: list[list[float]], bare: list[list[float]], q: float) -> dict[str, float]:
    """Ours to bare with a 95 % interval by bootstrap over rounds, which are the independent units."""
    dice = random.Random(1)
    drawn = []
    for _ in range(200):
        picks = [dice.randrange(len(ours)) for _ in ours]
        drawn.append(pooled([ours[pick] for pick in picks], q) / pooled([bare[pick] for pick in picks], q))
    return {
        "ratio": round(pooled(ours, q) / pooled(bare, q), 3),
        "low": round(quantile(drawn, 0.025), 3),
        "high": round(quantile(drawn, 0.975), 3),
        "rounds_median": round(
            statistics.median(quantile(mine, q) / quantile(theirs, q) for mine, theirs in zip(ours, bare, strict=True)),
            3,
        ),
    }


def resident(pid: int) -> float | None:
    """MB, from /proc; None where there is none."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return round(int(line.split()[1]) / 1024, 1)
    return None


async def run(rounds: int, chats: int, chunks: int, interval: float) -> dict[str, Any]:
    """All figures."""
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        authority = trustme.CA()
        root = folder / "service-root.pem"
        root.write_bytes(authority.cert_pem.bytes())
        certificate = folder / "service.pem"
        certificate.write_bytes(authority.issue_cert(HOST).private_key_and_cert_chain_pem.bytes())
        _, served = await stack.enter_async_context(
            process("bench.proxy_rig", "service", told={"cert": str(certificate)})
        )
        _, sink = await stack.enter_async_context(process("bench.proxy_rig", "sink"))
        told = {
            "listen": [{"port": 0}],
            "link_url": f"ws://127.0.0.1:{sink['listening']}/internal/link",
            "link_token": "bench",
            "connect_to": [f"{HOST}:443:127.0.0.1:{served['listening']}"],
            "upstream_ca": [str(root)],
        }
        bare_pid, bare = await stack.enter_async_context(
            process("bench.proxy_rig", "bare", told={**told, "data": str(folder / "bare")})
        )
        ours_pid, ours = await stack.enter_async_context(
            process("proxy.addon", told={**told, "data": str(folder / "ours")})
        )
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar())
        )
        ways = {"direct": Way(session, f"https://127.0.0.1:{served['listening']}", None, trust(root))}
        for name, child in (("bare", bare), ("ours", ours)):
            proxy = f"http://127.0.0.1:{child['listening'][0]}"
            ways[name] = Way(session, f"https://{HOST}", proxy, trust(Path(child["ca"])))
        idle = {"bare": resident(bare_pid), "ours": resident(ours_pid)}
        gc.collect()
        gc.freeze()
        for number in range(rounds + 1):
            for kind in KINDS:
                order = [*WAYS[number % 3 :], *WAYS[: number % 3]]
                common = {"chunks": chunks, "interval": interval}
                await asyncio.gather(
                    *(
                        ways[name].measure(kind, chats, {**common, "phase": interval * place / 3})
                        for place, name in enumerate(order)
                    )
                )
            if number == 0:
                for way in ways.values():
                    way.rounds = {kind: [] for kind in KINDS}
        after = {"bare": resident(bare_pid), "ours": resident(ours_pid)}
    found: dict[str, Any] = {
        "bench": "proxy_latency",
        "rounds": rounds,
        "chats": chats,
        "chunks": chunks,
        "interval_ms": interval * 1000,
    }
    for kind in KINDS:
        delays = {name: way.rounds[kind] for name, way in ways.items()}
        found[kind] = {
            name: {f"p{int(q * 100)}_ms": round(pooled(delays[name], q), 3) for q in (0.5, 0.99)} for name in WAYS
        }
        for name in ("bare", "ours"):
            for q in ("p50_ms", "p99_ms"):
                found[kind][name][f"added_{q}"] = round(found[kind][name][q] - found[kind]["direct"][q], 3)
        found[kind]["ours_to_bare"] = {
            f"p{int(q * 100)}": ratio(delays["ours"], delays["bare"], q) for q in (0.5, 0.99)
        }
    found["resident_mb"] = {"idle": idle, "after": after}
    return found


def trust(root: Path) -> ssl.SSLContext:
    """A client context that trusts this root only."""
    return ssl.create_default_context(cafile=str(root))


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--chats", type=int, default=1, help="answers side by side")
    parser.add_argument("--chunks", type=int, default=150, help="pieces of one answer")
    parser.add_argument("--interval-ms", type=float, default=12.0, help="between two pieces")
    arguments = parser.parse_args()
    print(
        json.dumps(asyncio.run(run(arguments.rounds, arguments.chats, arguments.chunks, arguments.interval_ms / 1000)))
    )


if __name__ == "__main__":
    main()
