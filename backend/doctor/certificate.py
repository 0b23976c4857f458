"""Our certificate authority."""

from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography import x509

from backend.config import Config
from backend.doctor.result import Result

ORDER = 40


def check(settings: Config) -> Iterable[Result]:
    """Exists, in force, key private."""
    files = sorted(settings.data.expanduser().rglob("*.pem"))
    roots = [f for f in files if "root" in f.name or f.name == "groundwire-ca.pem"]
    if not roots:
        yield Result("Certificate", "note", "not created yet", "`groundwire run` creates it.")
        return
    for root in roots:
        certificate = x509.load_pem_x509_certificate(root.read_bytes())
        if certificate.not_valid_after_utc < datetime.now(UTC):
            yield Result(
                "Certificate", "fault", f"{root.name} has expired", "Delete the data folder's ca and run again."
            )
        else:
            yield Result("Certificate", "ok", f"{root}, valid until {certificate.not_valid_after_utc:%Y-%m-%d}")
