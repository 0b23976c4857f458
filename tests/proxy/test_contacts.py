"""Minutes of contact with what is not read."""

from proxy import contacts
from proxy.contacts import Contacts


def test_each_minute_counts_once() -> None:
    now, told = [0.0], []
    counter = Contacts(lambda host, minutes: told.append((host, minutes)), lambda: now[0])
    for second in (0, 10, 59, 60, 119, 600):
        now[0] = second
        counter.seen("a.example")
    counter.seen("b.example")
    assert told == [("a.example", 1), ("a.example", 2), ("a.example", 3), ("b.example", 1)]


def test_the_memory_is_bounded() -> None:
    told: list[int] = []
    counter = Contacts(lambda host, minutes: told.append(minutes), lambda: 0.0)
    for number in range(contacts.MAX_HOSTS + 5):
        counter.seen(f"h{number}.example")
    counter.seen("h0.example")
    assert set(told) == {1}
    assert len(told) == contacts.MAX_HOSTS + 6
