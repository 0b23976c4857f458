"""OpenAI Chat Completions, as a stream or one document.

Source: the OpenAI API reference; the variants of other vendors (reasoning fields, typed content parts, error objects
inside a stream) are those that recorded streams show.
"""

from typing import Any

from proxy.dialects.flow import DONE, Flow
from proxy.dialects.pick import dict_of, dicts_of, ident, list_of, pick, text_of
from proxy.dialects.speech import Speech
from proxy.dialects.turns import replay
from proxy.message import Turn

_SILENT_PARTS = {
    "image_url",
    "image",
    "input_audio",
    "audio",
    "reference",
    "document_url",
    "file",
    "tool_file",
    "tool_reference",
}
_THINKING = {"thinking", "reasoning", "think", "thought"}


class OpenAiChat:
    """Reader for `…/chat/completions`.

    message_id: where the request names the answer's id, it wins over the chunks' id.
    inline: split `<think>` off the content.
    """

    def __init__(self, flow: Flow, inline: bool = True, message_id: str | None = None) -> None:
        self._flow = flow
        self._inline = inline
        self._fixed_id = message_id
        self._answers: dict[int, Speech] = {}
        self._id: str | None = None
        self._many = False
        self.turns: tuple[Turn, ...] = ()

    def request(self, body: Any) -> None:
        turns = replay(pick(body, "messages"))
        self.turns = turns.all
        self._flow.transcript.name_conversation(None, ident(pick(body, "character")))
        count = pick(body, "n")
        self._many = isinstance(count, int) and count > 1
        if turns.user is not None:
            self._flow.transcript.draft("u", "user", history=turns.before).append(turns.user)

    def name(self, message_id: str | None) -> None:
        """Fix the id of the answer."""
        self._fixed_id = message_id or self._fixed_id

    def event(self, name: str, value: Any) -> None:
        if value == DONE or not isinstance(value, dict):
            return
        if value.get("error"):
            self._fail()
            return
        self._id = ident(value.get("id")) or self._id
        for choice in dicts_of(value.get("choices")):
            self._choice(choice)
        if "moderation" in value:
            self._moderation(value["moderation"])

    def end(self, complete: bool) -> None:
        for answer in self._answers.values():
            answer.close()

    def _answer(self, index: int) -> Speech:
        answer = self._answers.get(index)
        if answer is None:
            draft = self._flow.transcript.draft(f"a{index}", "assistant", history=self.turns)
            answer = self._answers[index] = Speech(draft, self._inline)
            self._many = self._many or len(self._answers) > 1 or index > 0
        if self._many:
            for position, other in self._answers.items():
                other.draft.set(choice=position)
        answer.draft.set(message_id=self._fixed_id or self._id)
        return answer

    def _choice(self, choice: dict[str, Any]) -> None:
        index = choice.get("index")
        answer = self._answer(index if isinstance(index, int) else 0)
        whole = "delta" not in choice
        delta = dict_of(choice.get("delta")) or dict_of(choice.get("message"))
        if delta.get("role") not in (None, "", "assistant"):
            return
        self._reasoning(answer, delta)
        content = delta.get("content")
        thinking = text_of(delta.get("phase")) in _THINKING or text_of(delta.get("type")) in _THINKING
        if isinstance(content, str):
            answer.draft.think(content) if thinking else answer.say(content)
        else:
            self._parts(answer, content)
        if not content:
            answer.say(text_of(delta.get("refusal")))
        if delta.get("tool_calls") or delta.get("function_call"):
            self._flow.silent = True
        reason = choice.get("finish_reason")
        document = whole and not self._flow.streamed and "message" in choice
        if reason == "error":
            self._flow.silent = True
        elif reason is not None or document or (delta.get("status") == "finished" and not thinking):
            answer.close()
            answer.draft.set(final=True)
            self._flow.silent = True

    def _reasoning(self, answer: Speech, delta: dict[str, Any]) -> None:
        answer.draft.think(text_of(delta.get("reasoning_content")) or text_of(delta.get("reasoning")))

    def _parts(self, answer: Speech, content: Any) -> None:
        for part in list_of(content):
            if isinstance(part, str):
                answer.say(part)
                continue
            kind = text_of(pick(part, "type"))
            if kind in ("", "text", "output_text"):
                answer.say(text_of(pick(part, "text")))
            elif kind in _THINKING:
                for piece in list_of(pick(part, kind)) or [part]:
                    answer.draft.think(text_of(pick(piece, "text")) or text_of(pick(piece, kind)))
            elif kind == "refusal":
                answer.say(text_of(pick(part, "refusal")))
            elif kind not in _SILENT_PARTS:
                self._flow.transcript.miss("unknown_part")

    def _fail(self) -> None:
        self._flow.silent = True
        for answer in self._answers.values():
            answer.close()
            answer.draft.set(final=False)

    def _moderation(self, moderation: Any) -> None:
        for side, slot in (("input", "u"), ("output", "a0")):
            draft = self._flow.transcript.get(slot)
            for result in dicts_of(pick(moderation, side, "results")):
                if draft is None:
                    continue
                for category, flagged in dict_of(result.get("categories")).items():
                    if flagged is True:
                        score = pick(result, "category_scores", category)
                        draft.signal(f"moderation.{category}", str(score if score is not None else "flagged"))
