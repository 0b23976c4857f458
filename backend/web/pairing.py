"""Pairing codes. See docs/architecture.md for their form."""

import secrets
import time
from collections import deque
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
LENGTH = 15
SECRET_BITS = 49
CHECK_BITS = 10
_MODULUS = 1021
_VALUE = {letter: number for number, letter in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}

FAILURES = 10
WINDOW_S = 60.0


def mint(port: int) -> str:
    """A new code for the API on `port`."""
    body = (port << SECRET_BITS) | secrets.randbits(SECRET_BITS)
    number = (body << CHECK_BITS) | (body % _MODULUS)
    letters = "".join(ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(LENGTH)))
    return "-".join(letters[start : start + 5] for start in range(0, LENGTH, 5))


def canonical(code: str) -> str | None:
    """The code in its one spelling, or None when it cannot be one (a typing error, most likely)."""
    digits = [_VALUE.get(letter) for letter in code.upper() if letter not in "- \t"]
    if len(digits) != LENGTH or None in digits:
        return None
    number = 0
    for digit in digits:
        number = (number << 5) | (digit or 0)
    body = number >> CHECK_BITS
    if body % _MODULUS != number & ((1 << CHECK_BITS) - 1):
        return None
    return "".join(ALPHABET[digit or 0] for digit in digits)


def port_of(code: str) -> int | None:
    """The API port that a code names."""
    spelled = canonical(code)
    if spelled is None:
        return None
    number = 0
    for letter in spelled:
        number = (number << 5) | _VALUE[letter]
    return number >> (SECRET_BITS + CHECK_BITS)


class Attempts:
    """Counts failed pairings of everybody together: all come from this machine, and a person types slowly."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed: deque[float] = deque(maxlen=FAILURES)

    def wait_s(self) -> float:
        """Seconds until another attempt is allowed, 0 now."""
        if len(self._failed) < FAILURES:
            return 0.0
        return max(0.0, self._failed[0] + WINDOW_S - self._clock())

    def failed(self) -> None:
        """One more wrong code."""
        self._failed.append(self._clock())
