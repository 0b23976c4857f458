"""Our certificate authority."""

from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography import x509

from backend.config import Config
from backend.doctor.result import Result
from proxy.ca import ROOT_FILE, CAError, read
from proxy.hosts import all_hosts

ORDER = 40


def check(settings: Config) -> Iterable[Result]:
    """Exists, in force, covers the listed hosts."""
    folder = settings.data.expanduser() / "ca"
    root = folder / ROOT_FILE
    if not root.is_file():
        yield Result("Certificate", "note", "not created yet", "`groundwire run` creates it.")
        return
    try:
        authority = read(folder)
    except (CAError, OSError) as error:
        yield Result("Certificate", "fault", str(error), f"Delete {folder}, run again and trust the new certificate.")
        return
    until = x509.load_pem_x509_certificate(root.read_bytes()).not_valid_after_utc
    if until < datetime.now(UTC):
        yield Result("Certificate", "fault", "it has expired", f"Delete {folder}, run again and trust the new one.")
        return
    yield Result("Certificate", "ok", f"{root}, valid until {until:%Y-%m-%d}")
    missing = sorted(host for host in all_hosts() if ":" not in host and not authority.covers(host))
    if missing:
        detail = f"does not cover {len(missing)} newer services: {', '.join(missing[:5])}"
        yield Result("Certificate", "note", detail, "These pass through unread until a new certificate is made.")
