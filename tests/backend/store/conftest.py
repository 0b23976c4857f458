"""A store on a file of its own, with a clock that tests move."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.store.clients import ensure_profile
from backend.store.database import DATABASE_FILE, open_engine
from backend.store.keys import load_key
from backend.store.records import AlertRow, Batch, ConversationRow, MessageKey, MessageRow, TrendRow
from backend.store.store import Store

QUOTE = "The sentence that must never lie on the disk in the clear"


@dataclass
class Clock:
    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    engine = open_engine(tmp_path, None)
    found = Store(engine, load_key(tmp_path), str(tmp_path / DATABASE_FILE), clock)
    for name in ("myself", "child"):
        ensure_profile(found, name, "{}")
    yield found
    engine.dispose()


def key(profile: str = "myself", message_id: str = "m1", choice: int = 0) -> MessageKey:
    return MessageKey(profile, "openai", "c1", message_id, choice)


def alert_row(of: MessageKey, alert_id: str, severity: str = "warn", **more: object) -> AlertRow:
    fields: dict[str, object] = {
        "version": 0, "rule": "secrecy", "source": "proxy", "provisional": False,
        "payload": f'{{"alert_id": "{alert_id}", "rule": "secrecy"}}', "quote": QUOTE,
    }  # fmt: skip
    return AlertRow(key=of, alert_id=alert_id, severity=severity, **{**fields, **more})  # type: ignore[arg-type]


def message_row(of: MessageKey, **more: object) -> MessageRow:
    fields: dict[str, object] = {
        "role": "assistant", "version": 0, "final": True, "source": "proxy", "confidence": "high",
        "t": 1_700_000_000.0, "scores": {"secrecy": 0.9}, "model": "word_v1", "mark": b"mark",
    }  # fmt: skip
    return MessageRow(key=of, **{**fields, **more})  # type: ignore[arg-type]


def batch(profile: str = "myself", alert_id: str = "a1", message_id: str = "m1") -> Batch:
    of = key(profile, message_id)
    return Batch(
        profile,
        conversation=ConversationRow(profile, "openai", "c1", "api.openai.com"),
        messages=[message_row(of, mark=f"mark {message_id}".encode())],
        trends=[TrendRow(profile, "openai", "c1", "word_v1", '{"turns": 1}')],
        alerts=[alert_row(of, alert_id)],
    )
