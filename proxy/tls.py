"""Which connections are decrypted, and with which certificate: mitmproxy's TLS addon with our authority and lists.

Only listed hosts that the authority covers are decrypted. The deny list wins over everything. Every other connection
goes through byte for byte, and so does a host whose client or service does not bear being decrypted.
"""

# mypy: allow-untyped-calls
# (much of mitmproxy has no types)

import ipaddress
from pathlib import Path

from mitmproxy import certs, http, tls
from mitmproxy.addons import tlsconfig
from mitmproxy.connection import Client
from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.context import Context

from proxy import hosts
from proxy.ca import Authority
from proxy.contacts import Contacts
from proxy.learned import EVERYONE, Learned, fingerprint
from proxy.log import ExchangeLog

# How mitmproxy words the failures of a client's handshake.
_HANG_UP = "The client disconnected during the handshake"
_UNTRUSTED = "does not trust the proxy's certificate"
_NOT_A_REFUSAL = ("connection closed early", "Cannot parse ClientHello")


class TlsRules(tlsconfig.TlsConfig):
    """The TLS addon of the proxy process."""

    name = "tlsconfig"

    def __init__(self, authority: Authority, log: ExchangeLog, learned: Learned) -> None:
        self.authority = authority
        self.log = log
        self.learned = learned
        self._targets: dict[str, tuple[str, int]] = {}
        self._programs: dict[str, str] = {}
        self._quiet: set[str] = set()
        self._unread: dict[str, str] = {}
        self.contacts = Contacts(lambda host, minutes: log.notice("contact", host, str(minutes)))

    def target(self, client: Client) -> tuple[str, int] | None:
        """The host and port that the client asked a tunnel for, as it named them."""
        return self._targets.get(client.id)

    def program(self, client: Client) -> str:
        """The name under which `learned` knows this client program."""
        address = client.peername[0] if client.peername else ""
        return self._programs.get(client.id, address)

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Remember the tunnel's target before any rewriting of addresses."""
        self._targets[flow.client_conn.id] = (flow.request.host.lower().rstrip("."), flow.request.port)

    def client_disconnected(self, client: Client) -> None:
        """Forget the connection."""
        self._targets.pop(client.id, None)
        self._programs.pop(client.id, None)
        if host := self._unread.pop(client.id, None):
            self.contacts.seen(host)

    def _passed(self, client: Client, host: str) -> None:
        """A chat service goes by unread: its minutes are counted."""
        if client.id not in self._unread and (hosts.contact(host) or hosts.listed(host)):
            self._unread[client.id] = host
            self.contacts.seen(host)

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Inside a tunnel to a host that is not decrypted: plain bytes, whatever protocol they are."""
        context = nextlayer.context
        target = self._targets.get(context.client.id)
        if nextlayer.layer is not None or target is None or context.client.tls:
            return
        host = target[0]
        data = nextlayer.data_client()
        # An address says nothing about the service: then the name in the ClientHello decides, in `tls_clienthello`.
        if _is_address(host) and hosts.denied(host) is None and (starts_like_tls_record(data) or 0 < len(data) < 3):
            return
        if not self.decrypts(host):
            self._passed(context.client, host)
            nextlayer.layer = layers.TCPLayer(context, ignore=True)

    def tls_clienthello(self, data: tls.ClientHelloData) -> None:
        """Decide by the name that the client asks for."""
        client = data.context.client
        hello = data.client_hello
        target = self._targets.get(client.id)
        host = (hello.sni or (target[0] if target else "")).lower().rstrip(".")
        address = client.peername[0] if client.peername else ""
        self._programs[client.id] = fingerprint(address, hello.cipher_suites, hello.alpn_protocols)
        if (target and hosts.denied(target[0])) or not self.decrypts(host, self._programs[client.id]):
            self._passed(client, host)
            data.ignore_connection = True
            return
        super().tls_clienthello(data)

    def decrypts(self, host: str, program: str | None = None) -> bool:
        """Whether connections to this host are decrypted (for this client program, when it is known)."""
        if not host or hosts.denied(host) is not None or hosts.listed(host) is None:
            return False
        if not self.authority.covers(host):
            if not _is_address(host) and host not in self._quiet:
                self._quiet.add(host)
                self.log.notice("passthrough", host, "the certificate authority was made before this host was listed")
            return False
        return program is None or not self.learned.passes(program, host)

    def tls_failed_client(self, data: tls.TlsData) -> None:
        """A client that does not accept our certificate gets the service's own from now on."""
        client = data.context.client
        host = (client.sni or "").lower().rstrip(".")
        reason = data.conn.error or ""
        if not host or reason.startswith(_NOT_A_REFUSAL):
            return
        if reason.startswith(_HANG_UP):
            if self.learned.hung_up(self.program(client), host):
                self.log.notice("tls_refused", host, "closed in the handshake")
        else:
            self.learned.refused(self.program(client), host)
            self.log.notice("tls_refused", host, "certificate" if _UNTRUSTED in reason else "handshake")

    def tls_established_client(self, data: tls.TlsData) -> None:
        """The client accepts our certificate."""
        client = data.context.client
        self.learned.accepted(self.program(client), (client.sni or "").lower().rstrip("."))

    def tls_failed_server(self, data: tls.TlsData) -> None:
        """A service that refuses our handshake, or that we cannot verify, is left to the client."""
        host = (data.context.client.sni or "").lower().rstrip(".")
        if not host or hosts.listed(host) is None:
            return
        if (data.conn.error or "").startswith("connection closed"):
            if not self.learned.hung_up(EVERYONE, host):
                return
        else:
            self.learned.refused(EVERYONE, host)
        self.log.notice("refused", host, "tls")

    def tls_established_server(self, data: tls.TlsData) -> None:
        """The service accepts our handshake."""
        self.learned.accepted(EVERYONE, (data.context.client.sni or "").lower().rstrip("."))

    def get_cert(self, conn_context: Context) -> certs.CertStoreEntry:
        """A certificate for exactly the name the client asks for: any other name in it would break the constraints."""
        client = conn_context.client
        target = self._targets.get(client.id)
        host = client.sni or (target[0] if target else "localhost")
        leaf = self.authority.leaf(host)
        return certs.CertStoreEntry(
            certs.Cert(leaf.certificate), leaf.key, Path(self.authority.chain_path), self.certstore.default_chain_certs
        )

    def request(self, flow: http.HTTPFlow) -> None:
        """Nothing: the parent class would answer certificate revocation requests itself."""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def trust_store(folder: Path, extra: list[Path]) -> Path:
    """One file with the public roots and `extra` ones, as `ssl_verify_upstream_trusted_ca` wants it. Raises OSError."""
    import certifi

    path = folder / "upstream-roots.pem"
    parts = [Path(certifi.where()).read_bytes(), *(file.read_bytes() for file in extra)]
    path.touch(mode=0o600)
    path.write_bytes(b"\n".join(parts))
    return path
