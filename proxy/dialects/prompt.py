"""The person's last words inside one long prompt string that holds the whole story.

The markers are those of the instruction templates that KoboldCpp and its clients use.
"""

import re
from typing import Any

from proxy.dialects.flow import DONE, Flow
from proxy.dialects.pick import dicts_of, ident, pick, text_of
from proxy.dialects.speech import Speech

_USER = re.compile(
    r"(?:^|\n)### Instruction:\r?\n?"
    r"|(?:^|\n)### (?:User|Human):\s?"
    r"|(?:^|\n)(?:You|User|Human|USER): "
    r"|\{\{user\}\}:\s?"
    r"|\{\{\[INPUT\]\}\}"
    r"|<\|im_start\|>user\r?\n?"
    r"|<\|start_header_id\|>user<\|end_header_id\|>\s*"
    r"|<start_of_turn>user\r?\n?"
    r"|<\|user\|>\s?"
    r"|\[INST\]"
)
_ASSISTANT = re.compile(
    r"\n### (?:Response|Assistant|Instruction)|<\|im_end\|>|<\|im_start\|>|<\|eot_id\|>"
    r"|<\|start_header_id\|>|<end_of_turn>"
    r"|<\|assistant\|>|<\|end\|>|\{\{\[OUTPUT\]\}\}|\{\{char\}\}:|\[/INST\]|</s>|\n[^\n:]{1,40}:(?=\s|$)"
)


def last_user_text(prompt: str) -> tuple[str, bool]:
    """(text, found): the part after the last user marker up to the assistant's, else the whole prompt and False."""
    start = None
    for match in _USER.finditer(prompt):
        if prompt[match.end() :].strip():
            start = match.end()
    if start is None:
        return prompt, False
    end = _ASSISTANT.search(prompt, start)
    return prompt[start : end.start() if end else None].strip(), True


class Prompted:
    """Reader for servers that take one prompt: KoboldCpp tokens or results, completions chunks, llama.cpp content."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._speech: Speech | None = None

    def request(self, body: Any) -> None:
        text, found = last_user_text(text_of(pick(body, "prompt")))
        draft = self._flow.transcript.draft("u", "user", confidence="high" if found else "low")
        draft.append(text)

    def event(self, name: str, value: Any) -> None:
        if value == DONE or not isinstance(value, dict):
            return
        if value.get("error"):
            self._flow.silent = True
            return
        rows = dicts_of(value.get("results")) or dicts_of(value.get("choices"))[:1] or [value]
        for row in rows[:1]:
            speech = self._answer(ident(value.get("id")))
            speech.say(text_of(row.get("token")) or text_of(row.get("text")) or text_of(row.get("content")))
            ended = row.get("finish_reason") is not None or row.get("stop") is True
            if ended or "results" in value:
                self._flow.silent = True
                speech.close()
                speech.draft.set(final=True)

    def end(self, complete: bool) -> None:
        if self._speech is not None:
            self._speech.close()

    def _answer(self, message_id: str | None) -> Speech:
        if self._speech is None:
            self._speech = Speech(self._flow.transcript.draft("a", "assistant"))
        self._speech.draft.set(message_id=message_id)
        return self._speech
