"""The proxy process: mitmproxy with the few addons it needs, and ours that copies chats for the backend.

    python -m proxy.addon < settings.json

reads one JSON line (`proxy.settings.Settings`), then prints one JSON line `{"listening": [PORT…], "ca": PATH}` and
serves until SIGTERM, SIGINT or the end of its parent. It exits with 0 then, and with 2 and one line on stderr when it
cannot start.
"""

# mypy: allow-untyped-calls
# (much of mitmproxy has no types)

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from proxy import lean

lean.skip_addon_package()

from mitmproxy import options  # noqa: E402
from mitmproxy.addons import core, disable_h2c, next_layer, proxyserver  # noqa: E402
from mitmproxy.connection import Client  # noqa: E402
from mitmproxy.http import HTTPFlow  # noqa: E402
from mitmproxy.master import Master  # noqa: E402
from mitmproxy.proxy.mode_specs import ReverseMode  # noqa: E402
from mitmproxy.proxy.server_hooks import ServerConnectionHookData  # noqa: E402

from proxy import capture, hosts  # noqa: E402
from proxy.ca import CAError, dns_names, open_or_create  # noqa: E402
from proxy.exchange import ExchangeMeta, Head  # noqa: E402
from proxy.learned import Learned  # noqa: E402
from proxy.link import Link  # noqa: E402
from proxy.log import ExchangeLog  # noqa: E402
from proxy.parent import until_gone  # noqa: E402
from proxy.settings import ConnectTo, Settings, SettingsError, parse_connect_to, read_settings  # noqa: E402
from proxy.tee import Tee  # noqa: E402
from proxy.tls import TlsRules, trust_store  # noqa: E402

# Passed-through connections may rest for hours (mail, push); mitmproxy's own limit is ten minutes.
IDLE_S = 6 * 3600
CLOSE_S = 1.0
FLUSH_S = 0.5
EXIT_S = 4.0
HANG_UP_S = 0.25
# How a WebSocket ends that was not broken off (RFC 6455, 7.4.1).
_CLOSED_NORMALLY = frozenset({1000, 1001, 1005})


class Capture:
    """mitmproxy's hooks for HTTP and WebSocket: everything is streamed, listed hosts are copied on the way."""

    def __init__(
        self, log: ExchangeLog, rules: TlsRules, server: proxyserver.Proxyserver, connect_to: list[ConnectTo]
    ) -> None:
        self.log = log
        self.rules = rules
        self.server = server
        self.connect_to = connect_to
        self.profiles: dict[int, str | None] = {}
        self._tees: dict[str, Tee] = {}
        self._flows: dict[str, set[str]] = {}

    def server_connect(self, data: ServerConnectionHookData) -> None:
        """Apply `connect_to`; the name in TLS and in the Host header stays."""
        address = data.server.address
        if address is None:
            return
        for rule in self.connect_to:
            changed = rule.apply(address[0], address[1])
            if changed is not None:
                data.server.sni = data.server.sni or data.client.sni or address[0]
                data.server.address = changed
                return

    def requestheaders(self, flow: HTTPFlow) -> None:
        """Begin a copy when the request may carry a chat."""
        request = flow.request
        request.stream = True
        place = self._copied_place(flow)
        if place is None or request.headers.get("upgrade", "").lower() == "websocket":
            return
        if not capture.carries_chat(request.method, request.headers.get("sec-fetch-dest", "")):
            return
        # Encoded text cannot be read as it comes.
        request.headers["accept-encoding"] = "identity"
        tee = self._tee(flow, "http", place)
        if capture.has_body(request.method):
            tee.open()
        if not capture.is_upload(request.headers.get("content-type", "")):
            request.stream = tee.request

    def responseheaders(self, flow: HTTPFlow) -> None:
        """Stream always, through the tee when the body may be words."""
        response = flow.response
        if response is None or response.status_code == 101:
            return
        response.stream = True
        place = self._copied_place(flow)
        if place is None:
            return
        # Without this a browser would move to QUIC, which goes past the proxy.
        response.headers.pop("alt-svc", None)
        head = Head(
            status=response.status_code,
            content_type=response.headers.get("content-type", ""),
            content_encoding=response.headers.get("content-encoding", "").replace("identity", ""),
        )
        challenged = response.headers.get("cf-mitigated", "").lower() == "challenge"
        if challenged:
            self._refused(flow, place[0])
        tee = self._tees.get(flow.id)
        if tee is not None and capture.is_words(head):
            tee.head(head)
            response.stream = tee.response
        elif tee is not None:
            if capture.has_body(flow.request.method):
                tee.head(head)
                tee.end(True)
            self._drop(flow)
            if capture.may_challenge(head) and not challenged:
                response.stream = capture.watch_for_challenge(lambda: self._refused(flow, place[0]))

    def response(self, flow: HTTPFlow) -> None:
        """The response is finished."""
        if flow.websocket is None:
            self._end(flow, True)

    def error(self, flow: HTTPFlow) -> None:
        """The exchange broke off, on either side."""
        self._end(flow, False)

    def websocket_start(self, flow: HTTPFlow) -> None:
        """Begin the copy of a WebSocket."""
        place = self._copied_place(flow)
        if place is not None:
            tee = self._tee(flow, "websocket", place)
            tee.open()
            tee.head(Head(status=101))

    def websocket_message(self, flow: HTTPFlow) -> None:
        """Copy one message, and let go of the ones before it."""
        if flow.websocket is None:
            return
        messages = flow.websocket.messages
        tee = self._tees.get(flow.id)
        if tee is not None:
            message = messages[-1]
            tee.message(
                "c2s" if message.from_client else "s2c", message.content, "text" if message.is_text else "binary"
            )
        del messages[:-1]

    def websocket_end(self, flow: HTTPFlow) -> None:
        """The WebSocket is closed."""
        self._end(flow, flow.websocket is not None and flow.websocket.close_code in _CLOSED_NORMALLY)

    def client_disconnected(self, client: Client) -> None:
        """Whatever this client left unfinished is broken off."""
        for flow_id in self._flows.pop(client.id, set()):
            tee = self._tees.pop(flow_id, None)
            if tee is not None:
                tee.end(False)

    def stop(self) -> None:
        """Break off every copy: the process ends."""
        for tee in self._tees.values():
            tee.end(False)
        self._tees.clear()

    def _copied_place(self, flow: HTTPFlow) -> tuple[str, int] | None:
        """The host and port as the client named them, when this host's traffic is copied."""
        client = flow.client_conn
        if isinstance(client.proxy_mode, ReverseMode):
            return client.proxy_mode.address
        target = self.rules.target(client)
        if client.tls and client.sni:
            host, port = client.sni.lower().rstrip("."), target[1] if target else 443
        else:
            host, port = target or (flow.request.host.lower().rstrip("."), flow.request.port)
        # A local model server is listed with its port.
        if hosts.denied(host) is not None or not (hosts.listed(host) or hosts.listed(f"{host}:{port}")):
            return None
        return host, port

    def _tee(self, flow: HTTPFlow, kind: str, place: tuple[str, int]) -> Tee:
        request = flow.request
        client = flow.client_conn
        meta = ExchangeMeta(
            exchange_id=flow.id,
            kind="websocket" if kind == "websocket" else "http",
            method=request.method,
            scheme=("wss" if client.tls else "ws") if kind == "websocket" else ("https" if client.tls else "http"),
            host=place[0],
            port=place[1],
            path=request.path,
            client_host=client.peername[0],
            client_port=client.peername[1],
            listen_port=client.sockname[1],
            profile=self.profiles.get(client.sockname[1]),
            request_content_type=request.headers.get("content-type", ""),
            t_start=request.timestamp_start,
        )
        tee = Tee(self.log, meta)
        self._tees[flow.id] = tee
        self._flows.setdefault(client.id, set()).add(flow.id)
        return tee

    def _drop(self, flow: HTTPFlow) -> Tee | None:
        flows = self._flows.get(flow.client_conn.id)
        if flows is not None:
            flows.discard(flow.id)
        return self._tees.pop(flow.id, None)

    def _end(self, flow: HTTPFlow, complete: bool) -> None:
        tee = self._drop(flow)
        if tee is not None:
            tee.end(complete)

    def _refused(self, flow: HTTPFlow, host: str) -> None:
        """Bot protection turned us away: let this program talk to the service itself, on a new connection."""
        client = flow.client_conn
        self.rules.learned.refused(self.rules.program(client), host)
        self.log.notice("refused", host, "challenge")
        asyncio.get_running_loop().call_later(HANG_UP_S, self._hang_up, client)

    def _hang_up(self, client: Client) -> None:
        """Close a decrypted connection on which nothing is going on, so that the next one is passed through."""
        handler = self.server.connections.get(client.id)
        if handler is not None and client in handler.transports and not self._flows.get(client.id):
            handler.close_connection(client)


class Process:
    """One proxy process from its settings to its end."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.failed = ""
        self._linking: asyncio.Task[None] | None = None
        data = Path(settings.data)
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.authority = open_or_create(data / "ca", dns_names(hosts.all_hosts()))
        self.log = ExchangeLog()
        self.link = Link(self.log, settings.link_url, settings.link_token)
        self.listens = [listen.with_port() for listen in settings.listen]
        self.master = Master(options.Options())
        self.server = proxyserver.Proxyserver()
        rules = TlsRules(self.authority, self.log, Learned())
        connect_to = [parse_connect_to(rule) for rule in settings.connect_to]
        self.capture = Capture(self.log, rules, self.server, connect_to)
        self.capture.profiles = {listen.port: listen.profile for listen in self.listens}
        self.master.addons.add(
            core.Core(), self.capture, self.server, disable_h2c.DisableH2C(), rules, next_layer.NextLayer(), self
        )
        roots = trust_store(data, [Path(file) for file in settings.upstream_ca]) if settings.upstream_ca else None
        self.master.options.update(
            mode=[f"{listen.mode}@{listen.host}:{listen.port}" for listen in self.listens],
            confdir=str(self.authority.folder),
            ssl_verify_upstream_trusted_ca=str(roots) if roots else None,
            http3=False,
            keep_host_header=True,
            tcp_timeout=IDLE_S,
        )

    def running(self) -> None:
        """mitmproxy's hook: the servers have been started, or could not be."""
        for listen, instance in zip(self.listens, self.server.servers, strict=True):
            if not instance.is_running:
                error = instance.last_exception
                reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
                self.failed = f"Cannot listen on {listen.host}:{listen.port} ({reason}). Choose another port."
                self.master.shutdown()
                return
        ready = {"listening": [listen.port for listen in self.listens], "ca": str(self.authority.root_path)}
        print(json.dumps(ready), flush=True)
        self._linking = asyncio.get_running_loop().create_task(self.link.run())

    async def run(self) -> None:
        """Serve until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, self.master.shutdown)
            except NotImplementedError:
                signal.signal(number, lambda *_: self.master.shutdown())
        parent = loop.create_task(until_gone(self.settings.parent_pid))
        parent.add_done_callback(lambda _: self.master.shutdown())
        try:
            await self.master.run()
        finally:
            # What remains is the operating system's to close; nothing may keep the process from ending.
            stop = threading.Timer(EXIT_S, os._exit, (0,))
            stop.daemon = True
            stop.start()
            await self._disconnect()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.log.sent.wait() if self.link.up else asyncio.sleep(0), FLUSH_S)
            for task in (self._linking, parent):
                if task is not None:
                    task.cancel()

    async def _disconnect(self) -> None:
        """Stop listening and close every connection, so that each copy gets its end."""
        await self.server.servers.update([])
        for handler in list(self.server.connections.values()):
            if handler.client in handler.transports:
                handler.close_connection(handler.client)
        deadline = asyncio.get_running_loop().time() + CLOSE_S
        # mitmproxy has no event for this.
        while self.server.connections and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self.capture.stop()


async def serve(line: bytes) -> int:
    """Run one proxy process with these settings; the exit code."""
    try:
        process = Process(read_settings(line))
    except (SettingsError, CAError, OSError) as error:
        print(error, file=sys.stderr, flush=True)
        return 2
    await process.run()
    if process.failed:
        print(process.failed, file=sys.stderr, flush=True)
        return 2
    return 0


def main() -> int:
    """Entry point of `python -m proxy.addon`."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="proxy: %(message)s")
    logging.getLogger("proxy").setLevel(logging.INFO)
    # mitmproxy's lines name hosts and paths; only its crashes matter here.
    logging.getLogger("mitmproxy").setLevel(logging.CRITICAL)
    return asyncio.run(serve(sys.stdin.buffer.readline()))


if __name__ == "__main__":
    sys.exit(main())
