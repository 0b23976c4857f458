"""The install key: identifiers (HMAC-SHA256) and excerpts at rest (AES-256-GCM) both hang on it."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_FILE = "install.key"
_NONCE = 12


class InstallKey:
    """32 secret bytes of one installation. Each use has a key of its own, derived by HMAC over its name."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("the install key has 32 bytes")
        self._ids = hmac.digest(secret, b"groundwire ids", "sha256")
        self._tokens = hmac.digest(secret, b"groundwire tokens", "sha256")
        self._aead = AESGCM(hmac.digest(secret, b"groundwire excerpts", "sha256"))

    def digest(self, *parts: str | bytes | int | None) -> bytes:
        """HMAC over parts, each with its kind and length in front, so that no two lists of parts collide. 32 bytes."""
        mac = hmac.new(self._ids, digestmod=hashlib.sha256)
        for part in parts:
            if part is None:
                mac.update(b"n")
                continue
            data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
            mac.update(b"b" if isinstance(part, bytes) else b"s")
            mac.update(len(data).to_bytes(8, "big"))
            mac.update(data)
        return mac.digest()

    def identifier(self, *parts: str | bytes | int | None) -> str:
        """A derived id: `~` and 26 lower-case base 32 characters (130 bits are kept as 128)."""
        return "~" + base64.b32encode(self.digest(*parts)[:16]).decode().rstrip("=").lower()

    def token_hash(self, token: str) -> bytes:
        """What is stored of a client token or a pairing code."""
        return hmac.digest(self._tokens, token.encode("utf-8", "surrogatepass"), "sha256")

    def encrypt(self, text: str, bound_to: str) -> bytes:
        """Nonce and ciphertext of `text`; `bound_to` (an alert id) must be given again to read it."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, text.encode("utf-8", "surrogatepass"), bound_to.encode())

    def decrypt(self, data: bytes, bound_to: str) -> str | None:
        """The text, or None when the key or the row is not the one it was written with."""
        try:
            plain = self._aead.decrypt(data[:_NONCE], data[_NONCE:], bound_to.encode())
        except (InvalidTag, ValueError):
            return None
        return plain.decode("utf-8", "surrogatepass")


def load_key(folder: Path) -> InstallKey:
    """Read the key of this installation, or make one. The file is readable by its owner only.

    Raises OSError when the folder cannot be written, ValueError when the file is not a key.
    """
    path = folder / KEY_FILE
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return InstallKey(bytes.fromhex(path.read_text("ascii").strip()))
    secret = secrets.token_bytes(32)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return InstallKey(secret)
