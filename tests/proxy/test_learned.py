"""What is remembered of clients and services that do not bear decrypting."""

from proxy.learned import EVERYONE, HANGUPS, LEARNED_S, MAX_LEARNED, TENTATIVE_S, Learned, fingerprint


class Clock:
    """A clock that stands still until told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_refusal_holds_for_that_program_and_host_for_a_while() -> None:
    clock = Clock()
    learned = Learned(clock)
    learned.refused("app", "chatgpt.com")
    assert learned.passes("app", "chatgpt.com")
    assert not learned.passes("browser", "chatgpt.com")
    assert not learned.passes("app", "character.ai")
    clock.now = LEARNED_S + 1
    assert not learned.passes("app", "chatgpt.com")


def test_what_a_service_does_holds_for_everyone() -> None:
    learned = Learned()
    learned.refused(EVERYONE, "chatgpt.com")
    assert learned.passes("app", "chatgpt.com")


def test_an_unknown_program_that_hangs_up_is_believed_for_a_shorter_time() -> None:
    clock = Clock()
    learned = Learned(clock)
    assert learned.hung_up("app", "chatgpt.com")
    assert learned.passes("app", "chatgpt.com")
    clock.now = TENTATIVE_S + 1
    assert not learned.passes("app", "chatgpt.com")


def test_a_program_that_accepts_us_elsewhere_only_changed_its_mind() -> None:
    learned = Learned()
    learned.hung_up("browser", "chatgpt.com")
    learned.accepted("browser", "character.ai")
    assert not learned.passes("browser", "chatgpt.com")
    for _ in range(HANGUPS - 1):
        assert not learned.hung_up("browser", "claude.ai")
    assert learned.hung_up("browser", "claude.ai")
    learned.accepted("browser", "character.ai")
    assert learned.passes("browser", "claude.ai")


def test_success_ends_the_count() -> None:
    learned = Learned()
    learned.accepted("browser", "chatgpt.com")
    for _ in range(5):
        learned.hung_up("browser", "chatgpt.com")
        learned.accepted("browser", "chatgpt.com")
        assert not learned.passes("browser", "chatgpt.com") or HANGUPS == 1


def test_memory_is_bounded() -> None:
    learned = Learned()
    for number in range(MAX_LEARNED + 10):
        learned.refused("app", f"host{number}")
        learned.hung_up(f"program{number}", "chatgpt.com")
        learned.accepted(f"other{number}", "chatgpt.com")
    assert not learned.passes("app", "host0")
    assert learned.passes("app", f"host{MAX_LEARNED + 9}")


def test_a_fingerprint_ignores_order_and_grease() -> None:
    first = fingerprint("127.0.0.1", [0x0A0A, 0x1301, 0x1302], [b"h2", b"http/1.1"])
    assert first == fingerprint("127.0.0.1", [0x1302, 0x1301, 0xFAFA], [b"http/1.1", b"h2"])
    assert first != fingerprint("127.0.0.1", [0x1301], [b"h2", b"http/1.1"])
    assert first != fingerprint("10.0.0.2", [0x1301, 0x1302], [b"h2", b"http/1.1"])
