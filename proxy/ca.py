"""The certificate authority of one installation.

A root whose key is thrown away at creation signs one intermediate; both carry critical name constraints (RFC 5280,
4.2.1.10) that permit the listed hosts with their subdomains and exclude every IP address. Only the intermediate's key
is on disk, so that neither this program nor a thief can make a certificate for any other name that a client would
accept.

Files in the folder (0700):
  groundwire-ca.pem   the root: what people trust
  mitmproxy-ca.pem    key, intermediate, root (0600): what the proxy signs with; the name is mitmproxy's
"""

import contextlib
import datetime
import ipaddress
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT_FILE = "groundwire-ca.pem"
CHAIN_FILE = "mitmproxy-ca.pem"
SELFTEST_HOST = "selftest.groundwire.internal"

_AUTHORITY_LIFE = datetime.timedelta(days=3650)
_LEAF_LIFE = datetime.timedelta(days=90)
_RENEW_BEFORE = datetime.timedelta(days=7)
_BACKDATED = datetime.timedelta(days=1)


class CAError(Exception):
    """The authority cannot be read or written; the text says what to do."""


@dataclass(frozen=True)
class Leaf:
    """A server certificate for one host and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class Authority:
    """An authority read from its folder: which hosts it covers, and leaves for them."""

    def __init__(
        self, folder: Path, key: ec.EllipticCurvePrivateKey, issuer: x509.Certificate, root: x509.Certificate
    ) -> None:
        self.folder = folder
        self.issuer = issuer
        self.root = root
        self.root_path = folder / ROOT_FILE
        self.chain_path = folder / CHAIN_FILE
        self.hosts = _permitted(issuer)
        self._key = key
        # One key for all leaves of this process: it never touches the disk and is not the authority's own.
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._leaves: dict[str, Leaf] = {}

    def covers(self, host: str) -> bool:
        """Whether clients that trust the root accept a certificate for this host."""
        host = host.lower().rstrip(".")
        while host:
            if host in self.hosts:
                return True
            host = host.partition(".")[2]
        return False

    def leaf(self, host: str) -> Leaf:
        """A certificate for exactly this host, made once and renewed in time."""
        host = host.lower().rstrip(".")
        now = datetime.datetime.now(datetime.UTC)
        leaf = self._leaves.get(host)
        if leaf is None or leaf.certificate.not_valid_after_utc - now < _RENEW_BEFORE:
            leaf = Leaf(_make_leaf(host, self._leaf_key, self.issuer, self._key, now), self._leaf_key)
            self._leaves[host] = leaf
        return leaf


def open_or_create(folder: Path, hosts: Iterable[str]) -> Authority:
    """The authority in `folder`, made for `hosts` (DNS names) and the self-test host when there is none yet.

    An authority that exists keeps the hosts it was made for. Raises CAError.
    """
    try:
        if not (folder / CHAIN_FILE).exists():
            _create(folder, {*(host.lower().rstrip(".") for host in hosts), SELFTEST_HOST})
        return read(folder)
    except OSError as error:
        raise CAError(
            f"Cannot use the certificate folder {folder}: {error.strerror}. Check its owner and free space."
        ) from error


def dns_names(hosts: Iterable[str]) -> list[str]:
    """Those of `hosts` that a certificate can be made for: names without a port, no addresses, no single labels."""
    names = {host.lower().removeprefix("*.").rstrip(".") for host in hosts}
    return sorted(name for name in names if "." in name and ":" not in name and not name.rpartition(".")[2].isdigit())


def read(folder: Path) -> Authority:
    """The authority in `folder`. Raises OSError or CAError."""
    raw = (folder / CHAIN_FILE).read_bytes()
    advice = f"Remove {folder}, start again, and trust the new certificate."
    try:
        key = serialization.load_pem_private_key(raw, None)
        issuer, root = x509.load_pem_x509_certificates(raw)
    except (ValueError, TypeError) as error:
        raise CAError(f"The certificate authority in {folder} is damaged. {advice}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != issuer.public_key():
        raise CAError(f"The key and the certificate in {folder} do not belong together. {advice}")
    if issuer.not_valid_after_utc < datetime.datetime.now(datetime.UTC):
        raise CAError(f"The certificate authority in {folder} has expired. {advice}")
    if not (folder / ROOT_FILE).exists():
        _write(folder / ROOT_FILE, root.public_bytes(serialization.Encoding.PEM), 0o644)
    return Authority(folder, key, issuer, root)


def _create(folder: Path, hosts: set[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    now = datetime.datetime.now(datetime.UTC)
    constraints = _constraints(hosts)
    # A short tag tells installations apart in a trust store's list.
    tag = os.urandom(3).hex()
    root_key = ec.generate_private_key(ec.SECP256R1())
    root_name = _name(f"Groundwire root {tag} (only the listed chat hosts)")
    root = _authority(root_name, root_key.public_key(), root_name, root_key, root_key.public_key(), 1, constraints, now)
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = _authority(
        _name(f"Groundwire issuer {tag}"),
        key.public_key(),
        root_name,
        root_key,
        root_key.public_key(),
        0,
        constraints,
        now,
    )
    del root_key
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    root_pem = root.public_bytes(pem)
    # The chain file is created exclusively: of two processes that start at once, one makes the authority and both use
    # it.
    if _write(folder / CHAIN_FILE, secret + issuer.public_bytes(pem) + root_pem, 0o600, exclusive=True):
        _write(folder / ROOT_FILE, root_pem, 0o644)


def _write(path: Path, data: bytes, mode: int, *, exclusive: bool = False) -> bool:
    """Write whole or not at all. exclusive: keep a file that is already there and return False."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        if not exclusive:
            os.replace(name, path)
            return True
        try:
            os.link(name, path)
        except FileExistsError:
            return False
        return True
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Groundwire"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _constraints(hosts: set[str]) -> x509.NameConstraints:
    everything = [x509.IPAddress(ipaddress.ip_network("0.0.0.0/0")), x509.IPAddress(ipaddress.ip_network("::/0"))]
    return x509.NameConstraints([x509.DNSName(host) for host in sorted(hosts)], everything)


def _permitted(certificate: x509.Certificate) -> frozenset[str]:
    value = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    return frozenset(name.value for name in value.permitted_subtrees or () if isinstance(name, x509.DNSName))


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _authority(
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    issuer_public_key: ec.EllipticCurvePublicKey,
    path_length: int,
    constraints: x509.NameConstraints,
    now: datetime.datetime,
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(ca=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(constraints, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public_key), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _make_leaf(
    host: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: datetime.datetime,
) -> x509.Certificate:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(min(now + _LEAF_LIFE, issuer.not_valid_after_utc))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
