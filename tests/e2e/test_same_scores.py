"""One conversation through the proxy, `replay` and `classify`: the same final scores."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from backend.demo import script
from backend.demo.chat import Client
from bench.stack import Stack, following

pytestmark = pytest.mark.process

CONVERSATION = script.load().conversations[0]
TURNS = [
    {"role": role, "text": text}
    for turn in CONVERSATION.turns
    for role, text in (("user", turn.user), ("assistant", turn.answer))
]


def command(*arguments: str) -> list[dict[str, Any]]:
    """JSON lines of the real command."""
    done = subprocess.run(
        [sys.executable, "-m", "backend.cli.main", *arguments], capture_output=True, text=True, check=True, timeout=120
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


async def test_same_final_scores(stack: Stack, session: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with following(stack, session) as feed:
        client = Client(session, stack.facts["proxy"], stack.ca)
        for turn in CONVERSATION.turns:
            await client.say(CONVERSATION, turn)
        await feed.wait_for(
            lambda f: sum(e["type"] == "score" and e["final"] for e in f.events) >= len(TURNS), limit=20
        )
    live = [e["scores"] for e in feed.events if e["type"] == "score" and e["final"]]

    whole = tmp_path / "whole.jsonl"
    whole.write_text(json.dumps({"id": "c", "turns": TURNS}))
    prefixes = tmp_path / "prefixes.jsonl"
    prefixes.write_text("\n".join(json.dumps({"id": n, "turns": TURNS[: n + 1]}) for n in range(len(TURNS))))
    replayed, classified = await asyncio.gather(
        asyncio.to_thread(command, "replay", str(whole)),
        asyncio.to_thread(command, "classify", "--jsonl", str(prefixes)),
    )
    assert [r["turn"] for r in replayed] == list(range(len(TURNS)))
    for n in range(len(TURNS)):
        assert replayed[n]["scores"] == pytest.approx(classified[n]["scores"], abs=1e-6)
        assert live[n] == pytest.approx(replayed[n]["scores"], abs=1e-4), TURNS[n]["text"]
