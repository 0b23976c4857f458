"""The authority: what is on disk, and that real verifiers accept the listed hosts and nothing else."""

import asyncio
import ipaddress
import shutil
import ssl
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from proxy import ca

HOSTS = ["chatgpt.com", "neo.character.ai"]
PEM = serialization.Encoding.PEM


def issue(authority: ca.Authority, folder: Path, *names: x509.GeneralName) -> Path:
    """A server file (key, leaf, issuer) as a thief of the issuer's key would make it, for any names."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_key = serialization.load_pem_private_key(authority.chain_path.read_bytes(), None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    good = authority.leaf("chatgpt.com").certificate
    builder = x509.CertificateBuilder(
        issuer_name=authority.issuer.subject,
        subject_name=x509.Name([]),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=good.not_valid_before_utc,
        not_valid_after=good.not_valid_after_utc,
    )
    for extension in good.extensions:
        value: x509.ExtensionType = extension.value
        critical = extension.critical
        if isinstance(value, x509.SubjectAlternativeName):
            value, critical = x509.SubjectAlternativeName(names), True
        if isinstance(value, x509.SubjectKeyIdentifier):
            value = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(value, critical=critical)
    leaf = builder.sign(issuer_key, good.signature_hash_algorithm)
    file = folder / f"{leaf.serial_number}.pem"
    secret = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(secret + leaf.public_bytes(PEM) + authority.issuer.public_bytes(PEM))
    return file


def own(authority: ca.Authority, folder: Path, host: str) -> Path:
    """A server file with the leaf that the proxy itself would present."""
    leaf = authority.leaf(host)
    file = folder / f"own-{host}.pem"
    secret = leaf.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(secret + leaf.certificate.public_bytes(PEM) + authority.issuer.public_bytes(PEM))
    return file


async def shake(server_file: Path, root: Path, host: str) -> None:
    """A TLS handshake with Python's strict checks (the default from 3.13 on). Raises ssl.SSLError."""
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_context.load_cert_chain(server_file)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=server_context)
    context = ssl.create_default_context(cafile=str(root))
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    async with server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=host)
        writer.close()


@pytest.fixture
def authority(tmp_path: Path) -> ca.Authority:
    return ca.open_or_create(tmp_path / "ca", HOSTS)


def test_only_the_issuers_key_is_on_disk(authority: ca.Authority) -> None:
    files = {path.name: path for path in authority.folder.iterdir()}
    assert set(files) == {ca.ROOT_FILE, ca.CHAIN_FILE}
    assert b"PRIVATE" not in files[ca.ROOT_FILE].read_bytes()
    chain = files[ca.CHAIN_FILE].read_bytes()
    assert chain.count(b"PRIVATE KEY") == 2
    key = serialization.load_pem_private_key(chain, None)
    assert key.public_key() == authority.issuer.public_key() != authority.root.public_key()
    if sys.platform != "win32":
        assert stat.S_IMODE(files[ca.CHAIN_FILE].stat().st_mode) == 0o600
        assert stat.S_IMODE(authority.folder.stat().st_mode) == 0o700


def test_both_certificates_carry_critical_constraints(authority: ca.Authority) -> None:
    for certificate in (authority.root, authority.issuer):
        extension = certificate.extensions.get_extension_for_class(x509.NameConstraints)
        assert extension.critical
        permitted = {name.value for name in extension.value.permitted_subtrees or ()}
        assert permitted == {*HOSTS, ca.SELFTEST_HOST}
        excluded = {name.value for name in extension.value.excluded_subtrees or ()}
        assert excluded == {ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")}


def test_a_second_start_uses_the_same_authority(authority: ca.Authority) -> None:
    again = ca.open_or_create(authority.folder, [*HOSTS, "new.example"])
    assert again.root == authority.root
    assert not again.covers("new.example")


def test_covers_subdomains_and_nothing_else(authority: ca.Authority) -> None:
    assert authority.covers("chatgpt.com")
    assert authority.covers("AB.chatgpt.com.")
    assert authority.covers(ca.SELFTEST_HOST)
    for host in ("evil.example", "notchatgpt.com", "chatgpt.com.evil.example", "com", "character.ai", ""):
        assert not authority.covers(host)


def test_a_leaf_names_its_host_only_and_is_made_once(authority: ca.Authority) -> None:
    leaf = authority.leaf("chatgpt.com")
    names = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.DNSName("chatgpt.com")]
    assert authority.leaf("ChatGPT.com.") is leaf
    issuer_key = serialization.load_pem_private_key(authority.chain_path.read_bytes(), None)
    assert leaf.key.public_key() != issuer_key.public_key()


async def test_python_accepts_listed_hosts_strictly(authority: ca.Authority, tmp_path: Path) -> None:
    for host in ("chatgpt.com", "ab.chatgpt.com", ca.SELFTEST_HOST):
        await shake(own(authority, tmp_path, host), authority.root_path, host)


@pytest.mark.parametrize(
    ("names", "host"),
    [
        ([x509.DNSName("evil.example")], "evil.example"),
        ([x509.DNSName("chatgpt.com"), x509.DNSName("evil.example")], "chatgpt.com"),
        ([x509.DNSName("chatgpt.com.evil.example")], "chatgpt.com.evil.example"),
        ([x509.DNSName("chatgpt.com"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))], "chatgpt.com"),
    ],
    ids=["other", "one_of_two", "suffix", "address"],
)
async def test_python_refuses_everything_else(
    authority: ca.Authority, tmp_path: Path, names: list[x509.GeneralName], host: str
) -> None:
    file = issue(authority, tmp_path, *names)
    with pytest.raises(ssl.SSLCertVerificationError, match="subtree violation"):
        await shake(file, authority.root_path, host)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl command")
def test_openssl_agrees(authority: ca.Authority, tmp_path: Path) -> None:
    issuer = tmp_path / "issuer.pem"
    issuer.write_bytes(authority.issuer.public_bytes(PEM))

    def verify(file: Path) -> subprocess.CompletedProcess[str]:
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", str(authority.root_path)]
        return subprocess.run(
            [*command, "-untrusted", str(issuer), str(file)], capture_output=True, text=True, check=False
        )

    good = verify(own(authority, tmp_path, "chatgpt.com"))
    assert good.returncode == 0, good.stderr
    bad = verify(issue(authority, tmp_path, x509.DNSName("evil.example")))
    assert bad.returncode != 0
    assert "permitted subtree violation" in bad.stderr


def test_only_names_become_constraints() -> None:
    hosts = ["127.0.0.1:11434", "localhost", "localhost:1234", "10.0.0.1", "::1", "Chatgpt.com", "*.character.ai"]
    assert ca.dns_names(hosts) == ["character.ai", "chatgpt.com"]


def test_a_damaged_authority_is_one_clear_line(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    folder.mkdir()
    (folder / ca.CHAIN_FILE).write_text("not a key")
    with pytest.raises(ca.CAError, match="damaged") as caught:
        ca.open_or_create(folder, HOSTS)
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ca.CAError, match="Cannot use"):
        ca.open_or_create(tmp_path / "file" / "ca", HOSTS)
