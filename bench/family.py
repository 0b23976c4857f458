"""The family set-up as a whole: seconds to ready, resident memory, and the delay of an alert.

`python -m bench.family [--rounds N]` prints one JSON object. Memory: proportional set size (PSS: a page that two
processes share counts half in each) and resident set size of supervisor, proxy and backend after the conversation.
Alert delay: from the last byte of the flagged sentence at the proxy to the event in a feed client, in ms.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from backend.demo import script
from backend.demo.chat import Client
from bench.stack import following, running


def memory(pids: dict[str, int]) -> dict[str, Any]:
    """MB of each process by PSS and RSS, from /proc (Linux)."""
    found: dict[str, Any] = {}
    for name, pid in pids.items():
        fields = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:] if ":" in line
        )
        found[name] = {key.lower(): round(int(fields[key].split()[0]) / 1024, 1) for key in ("Rss", "Pss")}
    found["total"] = {key: round(sum(part[key] for part in found.values()), 1) for key in ("rss", "pss")}
    return found


def quantile(values: list[float], q: float) -> float:
    """The q-quantile, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


async def measure(rounds: int) -> dict[str, Any]:
    """All figures."""
    recorded = script.load()
    conversation = recorded.conversations[0]
    delays: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        async with running(Path(folder), pace=0.03) as stack, aiohttp.ClientSession() as session:
            ready = time.monotonic() - began
            idle = memory(stack.facts["pids"])
            async with following(stack, session) as feed:
                client = Client(session, stack.facts["proxy"], stack.ca)
                for number in range(rounds):
                    turn = conversation.turns[recorded.self_test[number % len(recorded.self_test)]]
                    client.history.clear()
                    before = len(feed.events)
                    client.history.append({"role": "user", "content": f"This is talk number {number}."})
                    client.history.append({"role": "assistant", "content": "Hello again."})
                    await client.say(conversation, turn)
                    await asyncio.sleep(0.4)
                    for event, at in zip(feed.events[before:], feed.times[before:], strict=True):
                        if event["type"] == "alert":
                            delays.append((at - event["alert"]["t_wire"]) * 1000)
            loaded = memory(stack.facts["pids"])
    return {
        "bench": "family",
        "ready_s": round(ready, 2),
        "memory_mb_idle": idle,
        "memory_mb_after": loaded,
        "alerts": len(delays),
        "alert_ms": {
            "p50": round(statistics.median(delays), 1) if delays else None,
            "p95": round(quantile(delays, 0.95), 1) if delays else None,
        },
    }


def main() -> None:
    """Parse the command line and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="answers to stream")
    print(json.dumps(asyncio.run(measure(parser.parse_args().rounds))))


if __name__ == "__main__":
    main()
