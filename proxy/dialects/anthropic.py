"""Anthropic Messages API, as a stream of named events or one document (Anthropic API reference, "Messages")."""

from typing import Any

from proxy.dialects.flow import DONE, Flow
from proxy.dialects.pick import dict_of, dicts_of, ident, pick, text_of
from proxy.dialects.transcript import Draft
from proxy.dialects.turns import replay
from proxy.message import Turn

_TOOL_BLOCKS = {
    "tool_use", "server_tool_use", "web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result",
    "mcp_tool_use", "mcp_tool_result", "tool_result", "container_upload", "redacted_thinking", "fallback",
    "bash_code_execution_tool_result", "text_editor_code_execution_tool_result",
}  # fmt: skip
_QUIET_DELTAS = {"input_json_delta", "signature_delta", "citations_delta"}
_QUIET_EVENTS = {"ping", "content_block_stop", "message_limit"}


class Anthropic:
    """Reader for `/v1/messages`. All text blocks of one message are one text, without separator."""

    def __init__(self, flow: Flow, id_field: str = "id") -> None:
        self._flow = flow
        self._id_field = id_field
        self._id: str | None = None
        self._started = False
        self._blocks: dict[Any, str] = {}
        self.turns: tuple[Turn, ...] = ()

    def request(self, body: Any) -> None:
        turns = replay(pick(body, "messages"), types=("text",))
        self.turns = turns.all
        if turns.user is not None:
            self._flow.transcript.draft("u", "user", history=turns.before).append(turns.user)

    def name(self, message_id: str | None) -> None:
        """The answer's id where the request says it; the stream's own id wins."""
        self._id = self._id or message_id

    def event(self, name: str, value: Any) -> None:
        if value == DONE or not isinstance(value, dict):
            return
        kind = text_of(value.get("type")) or name
        match kind:
            case "message_start":
                self._start(dict_of(value.get("message")))
            case "content_block_start":
                self._block(value.get("index"), dict_of(value.get("content_block")))
            case "content_block_delta":
                self._delta(value.get("index"), dict_of(value.get("delta")))
            case "message_delta":
                if pick(value, "delta", "stop_reason"):
                    self._flow.silent = True
            case "message_stop":
                self._flow.silent = True
                self._answer().set(final=True)
            case "error":
                self._flow.silent = True
                self._answer().set(final=False)
            case "message":
                self._document(value)
            case _:
                if kind not in _QUIET_EVENTS:
                    self._flow.transcript.miss("unknown_part")

    def end(self, complete: bool) -> None:
        """The stream has its own end marker."""

    def _answer(self) -> Draft:
        return self._flow.transcript.draft("a", "assistant", message_id=self._id, history=self.turns or None)

    def _start(self, message: dict[str, Any]) -> None:
        """Take the id of the first start; a second start in one stream restarts nothing."""
        if not self._started:
            self._started = True
            self._id = ident(message.get(self._id_field)) or self._id
            self._answer()

    def _block(self, index: Any, block: dict[str, Any]) -> None:
        kind = text_of(block.get("type"))
        self._blocks[index if isinstance(index, int) else None] = kind
        if kind == "text":
            self._answer().append(text_of(block.get("text")))
        elif kind == "thinking":
            self._answer().think(text_of(block.get("thinking")))
        elif kind in _TOOL_BLOCKS:
            self._flow.silent = True
        else:
            self._flow.transcript.miss("unknown_part")

    def _delta(self, index: Any, delta: dict[str, Any]) -> None:
        kind = text_of(delta.get("type"))
        block = self._blocks.get(index if isinstance(index, int) else None, "text")
        if kind == "text_delta" and block == "text":
            self._answer().append(text_of(delta.get("text")))
        elif kind == "thinking_delta":
            self._answer().think(text_of(delta.get("thinking")))
        elif kind not in _QUIET_DELTAS and kind != "text_delta":
            self._flow.transcript.miss("unknown_part")

    def _document(self, message: dict[str, Any]) -> None:
        self._start(message)
        for block in dicts_of(message.get("content")):
            self._block(None, block)
        self._flow.silent = True
        self._answer().set(final=True)
