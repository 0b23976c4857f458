"""The processes that the proxy bench measures against and with.

`python -m bench.proxy_rig bare` is mitmproxy as small as ours, with `stream = True` and nothing else, fed the same
settings line. `python -m bench.proxy_rig sink` is a backend that takes the link's frames, acknowledges what has ended
and does no more. `python -m bench.proxy_rig service` is a chat service with TLS: each event carries the clock's
nanoseconds at its sending. Each prints one JSON line when it listens.
"""

# mypy: allow-untyped-calls

import asyncio
import contextlib
import json
import ssl
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

HOST = "api.openai.com"
TEXT = "the quick brown fox jumps over the lazy dog and runs on " * 2


def event() -> str:
    """One event of an answer: a delta of ordinary size and the time of its sending."""
    return json.dumps({"t": time.monotonic_ns(), "choices": [{"index": 0, "delta": {"content": TEXT}}]})


async def ticks(wanted: dict[str, float]) -> AsyncIterator[None]:
    """`chunks` moments on a grid of `interval` seconds, `phase` seconds behind it, common to all answers."""
    interval = wanted["interval"]
    start = (time.monotonic() // interval + 1) * interval + wanted["phase"]
    for number in range(int(wanted["chunks"])):
        await asyncio.sleep(start + number * interval - time.monotonic())
        yield


async def bare(line: bytes) -> None:
    """mitmproxy with the addons of our proxy process and no copies."""
    from proxy import lean
    from proxy.settings import parse_connect_to, read_settings

    lean.skip_addon_package()
    from mitmproxy import options
    from mitmproxy.addons import core, disable_h2c, next_layer, proxyserver, tlsconfig
    from mitmproxy.http import HTTPFlow
    from mitmproxy.master import Master
    from mitmproxy.proxy.server_hooks import ServerConnectionHookData

    from proxy.tls import trust_store

    settings = read_settings(line)
    rules = [parse_connect_to(text) for text in settings.connect_to]
    listen = settings.listen[0].with_port()
    data = Path(settings.data)
    data.mkdir(parents=True, exist_ok=True)

    class Plain:
        """Streams, and finds the local service."""

        def server_connect(self, hook: ServerConnectionHookData) -> None:
            for rule in rules:
                assert hook.server.address is not None
                changed = rule.apply(hook.server.address[0], hook.server.address[1])
                if changed is not None:
                    hook.server.address = changed
                    return

        def responseheaders(self, flow: HTTPFlow) -> None:
            if flow.response is not None and flow.response.status_code != 101:
                flow.response.stream = True

        def websocket_message(self, flow: HTTPFlow) -> None:
            if flow.websocket is not None:
                del flow.websocket.messages[:-1]

        def running(self) -> None:
            print(json.dumps({"listening": [listen.port], "ca": str(data / "mitmproxy-ca-cert.pem")}), flush=True)

    master = Master(options.Options())
    master.addons.add(
        core.Core(),
        Plain(),
        proxyserver.Proxyserver(),
        disable_h2c.DisableH2C(),
        tlsconfig.TlsConfig(),
        next_layer.NextLayer(),
    )
    master.options.update(
        mode=[f"regular@127.0.0.1:{listen.port}"],
        confdir=str(data),
        http3=False,
        ssl_verify_upstream_trusted_ca=str(trust_store(data, [Path(file) for file in settings.upstream_ca])),
    )
    await master.run()


async def sink() -> None:
    """The backend's end of the link."""
    from websockets.asyncio.server import ServerConnection, serve
    from websockets.exceptions import ConnectionClosed

    from proxy.link import MAX_FRAME, Ack, End, Gap, decode, encode

    async def take(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for data in connection:
                if isinstance(data, bytes):
                    frame = decode(data)
                    if isinstance(frame, End | Gap):
                        await connection.send(encode(Ack(frame.exchange_id, 0, True)))

    async with serve(take, "127.0.0.1", 0, max_size=MAX_FRAME, compression=None) as server:
        print(json.dumps({"listening": next(iter(server.sockets)).getsockname()[1]}), flush=True)
        await asyncio.Event().wait()


async def service(line: bytes) -> None:
    """The chat service. The line names `cert`, a PEM file with key and chain."""
    from aiohttp import web

    async def stream(request: web.Request) -> web.StreamResponse:
        wanted = await request.json()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        async for _ in ticks(wanted):
            await response.write(f"data: {event()}\n\n".encode())
        return response

    async def socket(request: web.Request) -> web.WebSocketResponse:
        connection = web.WebSocketResponse(compress=False)
        await connection.prepare(request)
        wanted = await connection.receive_json()
        async for _ in ticks(wanted):
            await connection.send_str(event())
        await connection.close()
        return connection

    app = web.Application()
    app.router.add_post("/v1/chat/completions", stream)
    app.router.add_get("/socket", socket)
    runner = web.AppRunner(app)
    await runner.setup()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(json.loads(line)["cert"])
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    print(json.dumps({"listening": runner.addresses[0][1]}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    role = sys.argv[1]
    if role == "sink":
        asyncio.run(sink())
    else:
        asyncio.run({"bare": bare, "service": service}[role](sys.stdin.buffer.readline()))
