"""What must survive a kill."""

import asyncio
import os
import signal

import aiohttp
import pytest

from bench.stack import Stack, following
from tests.e2e.test_clients import DELUSION, GOODBYE, openai_client

pytestmark = pytest.mark.process


async def test_backend_killed_mid_stream(stack: Stack, session: aiohttp.ClientSession) -> None:
    """The chat goes on; after the restart no alert is lost or told twice, and the feed resumes by sequence."""
    async with following(stack, session) as feed, openai_client(stack) as client:
        stream = await client.chat.completions.create(
            model="demo", stream=True, messages=[{"role": "user", "content": DELUSION.user}]
        )
        text, pieces = "", 0
        async for chunk in stream:
            text += chunk.choices[0].delta.content or ""
            pieces += 1
            if pieces == 12:
                os.kill(stack.facts["pids"]["backend"], signal.SIGKILL)
        assert text == DELUSION.answer
        await stack.event(lambda e: e.get("event") == "restarted")
        await feed.wait_for(lambda f: any(a["label"] == "psychosis_reinforcement" for a in f.alerts()))
        await asyncio.sleep(1)
        ids = [a["alert_id"] for a in feed.alerts()]
        assert len(ids) == len(set(ids))
        async with session.get(f"{stack.api}/v1/alerts", headers={"Authorization": f"Bearer {feed.token}"}) as response:
            kept = await response.json()
    assert {kept_one["alert"]["alert_id"] for kept_one in kept["alerts"]} == set(ids)


async def test_proxy_killed_mid_stream(stack: Stack, session: aiohttp.ClientSession) -> None:
    """That stream breaks as on a reset, the next request succeeds within seconds, what was recorded is kept."""
    async with following(stack, session) as feed:
        async with openai_client(stack) as client:
            stream = await client.chat.completions.create(
                model="demo", stream=True, messages=[{"role": "user", "content": GOODBYE.user}]
            )
            with pytest.raises(Exception, match=r"(?i)peer closed|connection|incomplete|disconnect"):  # noqa: PT012
                async for _ in stream:
                    if feed.alerts():
                        os.kill(stack.facts["pids"]["proxy"], signal.SIGKILL)
        before = {a["alert_id"] for a in feed.alerts()}
        await stack.event(lambda e: e.get("event") == "restarted")
        async with openai_client(stack) as client:
            answer = await client.chat.completions.create(
                model="demo", messages=[{"role": "user", "content": GOODBYE.user}]
            )
        assert answer.choices[0].message.content == GOODBYE.answer
        headers = {"Authorization": f"Bearer {feed.token}"}
        async with session.get(f"{stack.api}/v1/alerts", headers=headers) as response:
            kept = await response.json()
    assert before
    assert before <= {kept_one["alert"]["alert_id"] for kept_one in kept["alerts"]}
