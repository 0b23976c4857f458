"""Legacy text completions: one `prompt` string in, `choices[].text` out (OpenAI API reference, legacy)."""

from typing import Any

from proxy.dialects.flow import DONE, Flow
from proxy.dialects.pick import dicts_of, ident, pick, text_of
from proxy.dialects.speech import Speech


class TextCompletion:
    """Reader for `…/completions`. The whole prompt is the user text."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._answers: dict[int, Speech] = {}
        self._many = False

    def request(self, body: Any) -> None:
        prompt = pick(body, "prompt")
        if isinstance(prompt, list):
            prompt = "".join(text_of(piece) for piece in prompt)
        count = pick(body, "n")
        self._many = isinstance(count, int) and count > 1
        self._flow.transcript.draft("u", "user").append(text_of(prompt))

    def event(self, name: str, value: Any) -> None:
        if value == DONE or not isinstance(value, dict):
            return
        if value.get("error"):
            self._flow.silent = True
            for answer in self._answers.values():
                answer.close()
                answer.draft.set(final=False)
            return
        for choice in dicts_of(value.get("choices")):
            index = choice.get("index")
            answer = self._answer(index if isinstance(index, int) else 0, ident(value.get("id")))
            answer.say(text_of(choice.get("text")))
            if choice.get("finish_reason") is not None:
                answer.close()
                answer.draft.set(final=True)
                self._flow.silent = True

    def end(self, complete: bool) -> None:
        for answer in self._answers.values():
            answer.close()

    def _answer(self, index: int, message_id: str | None) -> Speech:
        answer = self._answers.get(index)
        if answer is None:
            answer = self._answers[index] = Speech(self._flow.transcript.draft(f"a{index}", "assistant"))
            self._many = self._many or index > 0
        if self._many:
            for position, other in self._answers.items():
                other.draft.set(choice=position)
        answer.draft.set(message_id=message_id)
        return answer
