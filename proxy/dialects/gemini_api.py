"""Gemini API `generateContent` and `streamGenerateContent` (Google AI for Developers, API reference)."""

from typing import Any

from proxy.dialects.flow import DONE, Flow
from proxy.dialects.pick import dicts_of, ident, pick, text_of
from proxy.message import Turn

_SILENT = ("executableCode", "codeExecutionResult", "functionCall", "functionResponse", "inlineData", "fileData")


class GeminiApi:
    """Reader for `…:generateContent` and `…:streamGenerateContent`, server-sent events or a JSON array."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self.turns: tuple[Turn, ...] = ()
        self._many = False

    def request(self, body: Any) -> None:
        turns: list[Turn] = []
        last: int | None = None
        for content in dicts_of(pick(body, "contents")):
            model = content.get("role") == "model"
            if not model and content.get("role") not in (None, "", "user"):
                continue
            text = "".join(text_of(p.get("text")) for p in dicts_of(content.get("parts")) if not p.get("thought"))
            if not model:
                last = len(turns) if text else None
            if text:
                turns.append(Turn("assistant" if model else "user", text))
        self.turns = tuple(turns)
        count = pick(body, "generationConfig", "candidateCount")
        self._many = isinstance(count, int) and count > 1
        if last is not None:
            self._flow.transcript.draft("u", "user", history=tuple(turns[:last])).append(turns[last].text)

    def event(self, name: str, value: Any) -> None:
        if value == DONE or not isinstance(value, dict):
            return
        if value.get("error") or pick(value, "promptFeedback", "blockReason"):
            self._flow.silent = True
            for draft in self._flow.transcript.drafts():
                if draft.role == "assistant" and value.get("error"):
                    draft.set(final=False)
            return
        message_id = ident(value.get("responseId"))
        for candidate in dicts_of(value.get("candidates")):
            self._candidate(candidate, message_id)

    def end(self, complete: bool) -> None:
        """finishReason is the end."""

    def _candidate(self, candidate: dict[str, Any], message_id: str | None) -> None:
        index = candidate.get("index")
        index = index if isinstance(index, int) else 0
        self._many = self._many or index > 0
        draft = self._flow.transcript.draft(f"a{index}", "assistant", message_id=message_id, history=self.turns)
        if self._many:
            for other in self._flow.transcript.drafts():
                if other.role == "assistant":
                    other.set(choice=int(other.slot[1:]))
        for part in dicts_of(pick(candidate, "content", "parts")):
            if part.get("thought") is True:
                draft.think(text_of(part.get("text")))
            elif isinstance(part.get("text"), str):
                draft.append(part["text"])
            elif any(kind in part for kind in _SILENT):
                self._flow.silent = True
            elif set(part) - {"thoughtSignature"}:
                self._flow.transcript.miss("unknown_part")
        if candidate.get("finishReason"):
            self._flow.silent = True
            draft.set(final=True)
