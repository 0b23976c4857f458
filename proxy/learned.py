"""Hosts that are passed through undecrypted because decrypting them broke something.

A client that pins a certificate, or does not trust ours, must go on working; so must a service that turns our
connection away. What is learned holds for one client program (its address and the shape of its ClientHello), so that
one stubborn program does not end the reading of another; what a service does to every client holds for EVERYONE. It is
tried again after a while.

A refusal is certain when the other side says so in a TLS alert. A side that just hangs up in the handshake may have
changed its mind: from a program that has accepted our certificate before, only `HANGUPS` in a row count; from an
unknown one the first counts, for a shorter time and until that program accepts our certificate somewhere.
"""

import time
from collections.abc import Callable, Iterable

LEARNED_S = 3600.0
TENTATIVE_S = 600.0
HANGUPS = 2
MAX_LEARNED = 4096

EVERYONE = ""


def fingerprint(address: str, cipher_suites: Iterable[int], alpn: Iterable[bytes]) -> str:
    """A name for a client program, the same on all its connections.

    Order is ignored, and so are the reserved values that some programs mix in at random (GREASE, RFC 8701).
    """
    ciphers = sorted({suite for suite in cipher_suites if suite & 0x0F0F != 0x0A0A})
    protocols = sorted(protocol.decode("latin-1") for protocol in alpn)
    return f"{address}|{','.join(map(str, ciphers))}|{','.join(protocols)}"


class Learned:
    """The memory of (client program, host) pairs to pass through. All of it is bounded; the oldest goes first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[tuple[str, str], float] = {}
        self._tentative: set[tuple[str, str]] = set()
        self._hangups: dict[tuple[str, str], int] = {}
        self._accepting: dict[str, None] = {EVERYONE: None}

    def refused(self, client: str, host: str) -> None:
        """A certain refusal: pass this host through for this client (or EVERYONE) from now on."""
        self._put((client, host), LEARNED_S)
        self._tentative.discard((client, host))

    def hung_up(self, client: str, host: str) -> bool:
        """The handshake ended without a word; True when that is now taken for a refusal."""
        pair = (client, host)
        count = self._hangups.pop(pair, 0) + 1
        self._hangups[pair] = count
        _bound(self._hangups)
        if client not in self._accepting:
            self._put(pair, TENTATIVE_S)
            self._tentative.add(pair)
            return True
        if count >= HANGUPS:
            self.refused(client, host)
            return True
        return False

    def accepted(self, client: str, host: str) -> None:
        """The handshake succeeded."""
        self._hangups.pop((client, host), None)
        if client not in self._accepting:
            self._accepting[client] = None
            _bound(self._accepting)
            for pair in [pair for pair in self._tentative if pair[0] == client]:
                self._tentative.discard(pair)
                self._until.pop(pair, None)

    def passes(self, client: str, host: str) -> bool:
        """Whether this host is passed through for this client now."""
        if not self._until:
            return False
        now = self._clock()
        return self._until.get((client, host), now) > now or self._until.get((EVERYONE, host), now) > now

    def _put(self, pair: tuple[str, str], seconds: float) -> None:
        self._until.pop(pair, None)
        self._until[pair] = self._clock() + seconds
        if len(self._until) > MAX_LEARNED:
            oldest = next(iter(self._until))
            del self._until[oldest]
            self._tentative.discard(oldest)


def _bound[K, V](memory: dict[K, V]) -> None:
    if len(memory) > MAX_LEARNED:
        del memory[next(iter(memory))]
