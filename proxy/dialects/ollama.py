"""Ollama native API: `/api/chat` and `/api/generate`, NDJSON or one document (Ollama API reference)."""

from typing import Any

from proxy.dialects.flow import Flow
from proxy.dialects.pick import dict_of, pick, text_of
from proxy.dialects.speech import Speech
from proxy.dialects.turns import replay
from proxy.message import Turn


class Ollama:
    """Reader for both paths: chat carries `message.content`, generate carries `response`."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self.turns: tuple[Turn, ...] = ()
        self._speech: Speech | None = None

    def request(self, body: Any) -> None:
        messages = pick(body, "messages")
        if messages is None:
            prompt = text_of(pick(body, "prompt"))
            self.turns = (Turn("user", prompt),) if prompt else ()
            self._flow.transcript.draft("u", "user").append(prompt)
            return
        turns = replay(messages)
        self.turns = turns.all
        if turns.user is not None:
            self._flow.transcript.draft("u", "user", history=turns.before).append(turns.user)

    def event(self, name: str, value: Any) -> None:
        if not isinstance(value, dict):
            return
        speech = self._answer()
        if value.get("error"):
            self._flow.silent = True
            speech.close()
            speech.draft.set(final=False)
            return
        message = dict_of(value.get("message"))
        if message.get("role") in (None, "assistant"):
            speech.draft.think(text_of(message.get("thinking")) or text_of(value.get("thinking")))
            speech.say(text_of(message.get("content")) or text_of(value.get("response")))
        if message.get("tool_calls"):
            self._flow.silent = True
        if value.get("done") is True:
            speech.close()
            self._flow.silent = True
            speech.draft.set(final=True)

    def end(self, complete: bool) -> None:
        if self._speech is not None:
            self._speech.close()

    def _answer(self) -> Speech:
        if self._speech is None:
            self._speech = Speech(self._flow.transcript.draft("a", "assistant", history=self.turns))
        return self._speech
