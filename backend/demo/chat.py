"""A scripted person's client: speaks the services' formats through the proxy, as their own apps do."""

import json
import ssl
import time
import uuid
from dataclasses import dataclass, field

import aiohttp

from backend.demo.script import Conversation, Exchange


@dataclass(slots=True)
class Client:
    """proxy: `HOST:PORT`; ca: PEM file of the root that the proxy's certificates lead to."""

    session: aiohttp.ClientSession
    proxy: str
    ca: str
    history: list[dict[str, str]] = field(default_factory=list)
    chat_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca)

    async def say(self, conversation: Conversation, turn: Exchange) -> float:
        """One exchange; the Unix time of the answer's last byte. Raises aiohttp.ClientError."""
        if conversation.format == "character_ai":
            return await self._character_ai(conversation.host, turn.user)
        return await self._openai_chat(conversation.host, turn.user)

    async def _openai_chat(self, host: str, text: str) -> float:
        self.history.append({"role": "user", "content": text})
        answer = ""
        async with self.session.post(
            f"https://{host}/v1/chat/completions",
            json={"model": "demo", "stream": True, "messages": self.history},
            proxy=f"http://{self.proxy}",
            ssl=self._context(),
        ) as response:
            response.raise_for_status()
            async for line in response.content:
                if line.startswith(b"data: {"):
                    delta = json.loads(line[6:])["choices"][0]["delta"]
                    answer += delta.get("content") or ""
        self.history.append({"role": "assistant", "content": answer})
        return time.time()

    async def _character_ai(self, host: str, text: str) -> float:
        candidate = {"candidate_id": str(uuid.uuid4()), "raw_content": text}
        turn = {
            "turn_key": {"chat_id": self.chat_id, "turn_id": str(uuid.uuid4())},
            "author": {"author_id": "1", "is_human": True, "name": "you"},
            "candidates": [candidate],
            "primary_candidate_id": candidate["candidate_id"],
        }
        call = {
            "command": "create_and_generate_turn",
            "request_id": str(uuid.uuid4()),
            "payload": {"character_id": "mira", "turn": turn},
        }
        async with self.session.ws_connect(
            f"wss://{host}/ws/", proxy=f"http://{self.proxy}", ssl=self._context()
        ) as socket:
            await socket.send_json(call)
            async for frame in socket:
                shown = json.loads(frame.data)["turn"]
                if not shown["author"].get("is_human") and shown["candidates"][0].get("is_final"):
                    break
        return time.time()
