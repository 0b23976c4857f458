"""The self-test: a recorded conversation through the live proxy, on a host name that is reserved for it.

Run by the supervisor as `python -m backend.selftest`. Standard input: a settings line `{"data": DIR}`, then, when
all is up, a line with proxy, api, ca and the control token. Standard output: a line with host, port and CA, then the
result.
"""

import asyncio
import contextlib
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import trustme

from backend.demo import script
from backend.demo.chat import Client
from backend.demo.service import serve

HOST = "selftest.groundwire.internal"
PACE = 0.02
PATIENCE = 10.0


async def main() -> None:
    """Serve, wait for the word, play, report."""
    settings = json.loads(await asyncio.to_thread(sys.stdin.readline))
    authority = trustme.CA()
    ca_file = Path(settings["data"]) / "selftest-ca.pem"
    ca_file.write_bytes(authority.cert_pem.bytes())
    async with serve(script.load(), [HOST], PACE, authority) as port:
        print(json.dumps({"host": HOST, "port": port, "ca": str(ca_file)}), flush=True)
        go = await asyncio.to_thread(sys.stdin.readline)
        if not go:
            return
        print(json.dumps(await report(json.loads(go))), flush=True)


async def report(go: dict[str, Any]) -> dict[str, Any]:
    """The result as JSON fields; `text` is its sentence."""
    try:
        delays = await asyncio.wait_for(play(go), PATIENCE + 20)
    except (aiohttp.ClientError, OSError, TimeoutError, KeyError, ValueError) as error:
        reason = str(error) or type(error).__name__
        return {
            "ok": False,
            "alerts": 0,
            "text": f"Self-test failed: {reason}. `groundwire doctor` looks for the cause.",
        }
    count = len(delays)
    if not count:
        text = "Self-test failed: the recorded conversation raised no alert. `groundwire doctor` looks for the cause."
        return {"ok": False, "alerts": 0, "text": text}
    ms = round(statistics.median(delays) * 1000)
    text = f"Self-test: {count} alert{'s' * (count > 1)} reached the feed, {ms} ms after the sentence."
    return {"ok": True, "alerts": count, "ms": ms, "text": text}


async def play(go: dict[str, Any]) -> list[float]:
    """Play the conversation; seconds from each flagged sentence's last byte to its alert here."""
    api, control = go["api"], {"Authorization": f"Bearer {go['control_token']}"}
    recorded = script.load()
    conversation = recorded.conversations[0].model_copy(update={"host": HOST})
    delays: list[float] = []
    async with aiohttp.ClientSession() as session:
        asked = {"profile": "selftest", "role": "owner"}
        async with session.post(f"{api}/v1/codes", json=asked, headers=control) as response:
            response.raise_for_status()
            code = (await response.json())["code"]
        async with session.post(f"{api}/v1/pair", json={"code": code, "name": "self-test"}) as response:
            response.raise_for_status()
            token = (await response.json())["token"]
        async with session.ws_connect(f"{api}/v1/feed") as feed:
            await feed.send_json({"type": "hello", "token": token, "since": 0})
            listening = asyncio.create_task(listen(feed, delays, len(recorded.self_test)))
            client = Client(session, go["proxy"], go["ca"])
            for number in recorded.self_test:
                client.history.clear()
                await client.say(conversation, conversation.turns[number])
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(listening, PATIENCE)
    return delays


async def listen(feed: aiohttp.ClientWebSocketResponse, delays: list[float], expected: int) -> None:
    """Note the first alert for each message, until there is one for each: its delay after the sentence."""
    seen: set[str] = set()
    while len(seen) < expected:
        frame = await feed.receive()
        event = json.loads(frame.data)
        if event["type"] == "alert" and event["alert"]["message_id"] not in seen:
            seen.add(event["alert"]["message_id"])
            delays.append(time.time() - event["alert"]["t_wire"])


if __name__ == "__main__":
    asyncio.run(main())
