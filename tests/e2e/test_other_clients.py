"""The official Anthropic and Ollama clients through the proxy."""

from pathlib import Path

import aiohttp
import anthropic
import httpx2
import ollama
import pytest
import trustme

from bench.stack import following, running
from tests.e2e import local_apis
from tests.e2e.test_clients import DELUSION, context

pytestmark = pytest.mark.process


async def test_anthropic_stream(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    authority = trustme.CA()
    ca = tmp_path / "anthropic-ca.pem"
    ca.write_bytes(authority.cert_pem.bytes())
    async with local_apis.serve("api.anthropic.com", authority) as port:
        options = ["--connect-to", f"api.anthropic.com:443:127.0.0.1:{port}", "--upstream-ca", str(ca)]
        async with running(tmp_path, options) as stack, following(stack, session) as feed:
            http = httpx2.AsyncClient(proxy=stack.proxy, verify=context(stack), trust_env=False)
            client = anthropic.AsyncAnthropic(api_key="none", http_client=http, max_retries=0)
            async with client.messages.stream(
                model="local", max_tokens=500, messages=[{"role": "user", "content": DELUSION.user}]
            ) as stream:
                text = "".join([piece async for piece in stream.text_stream])
            await feed.wait_for(lambda f: any(a["label"] == "psychosis_reinforcement" for a in f.alerts()))
            await http.aclose()
    assert text == DELUSION.answer
    alert = next(a for a in feed.alerts() if a["label"] == "psychosis_reinforcement")
    assert alert["service"] == "anthropic_api"
    assert alert["message_id"] == "msg_local_1"
    assert "Hidden" not in (alert["quote"] or "")


async def test_ollama_through_reverse_mode(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with local_apis.serve() as port:
        config = tmp_path / "groundwire.toml"
        config.write_text(f'[[reverse]]\nupstream = "http://127.0.0.1:{port}"\nport = 0\n')
        async with running(tmp_path, ["--config", str(config)]) as stack, following(stack, session) as feed:
            async with session.get(f"{stack.api}/v1/status") as response:
                listen = (await response.json())["listen"]
            front = next(entry["port"] for entry in listen if entry["mode"].startswith("reverse:"))
            client = ollama.AsyncClient(host=f"http://127.0.0.1:{front}")
            text = ""
            messages = [{"role": "user", "content": DELUSION.user}]
            async for part in await client.chat(model="local", messages=messages, stream=True):
                text += part.message.content or ""
            await feed.wait_for(lambda f: any(a["label"] == "psychosis_reinforcement" for a in f.alerts()))
    assert text == DELUSION.answer
    assert feed.alerts()[0]["service"] == "ollama"
