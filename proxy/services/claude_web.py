"""Claude on the web: the Messages stream with the app's own ids, and the transcript of old chats."""

from typing import Any

from proxy.dialects.anthropic import Anthropic
from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.pick import dict_of, dicts_of, ident, parts_text, pick, role_of, text_of

NAME = "claude_web"
HOSTS = ("claude.ai",)
PATHS = (
    "POST /api/organizations/*/chat_conversations/*/completion",
    "POST /api/organizations/*/chat_conversations/*/retry_completion",
    "GET /api/organizations/*/chat_conversations/{uuid}",
)
FRAMING = "sse"
LAST_VERIFIED = "2026-05"
KIND = "full"
CONFIDENCE = "real"
HISTORY = ("GET /api/organizations/*/chat_conversations/{uuid}",)


def decoder(flow: Flow) -> Decoder:
    flow.transcript.name_conversation(flow.segment("chat_conversations"))
    if flow.meta.method == "GET":
        return HttpDecoder(flow, _History(flow))
    return HttpDecoder(flow, _Completion(flow))


class _Completion:
    """`completion` carries a new user turn in `prompt`; `retry_completion` has none."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._stream = Anthropic(flow, id_field="uuid")

    def request(self, body: Any) -> None:
        self._stream.name(ident(pick(body, "turn_message_uuids", "assistant_message_uuid")))
        prompt = text_of(pick(body, "prompt"))
        if prompt and not self._flow.path.rstrip("/").endswith("/retry_completion"):
            human = ident(pick(body, "turn_message_uuids", "human_message_uuid"))
            self._flow.transcript.draft("u", "user", message_id=human).append(prompt)

    def event(self, name: str, value: Any) -> None:
        kind = text_of(pick(value, "type")) or name
        if kind == "message_start":
            self._name_user(ident(pick(value, "message", "parent_uuid")))
        if kind == "completion":
            self._old(dict_of(value))
        else:
            self._stream.event(name, value)

    def end(self, complete: bool) -> None:
        self._stream.end(complete)

    def _name_user(self, message_id: str | None) -> None:
        user = self._flow.transcript.get("u")
        if user is not None and user.message_id is None:
            user.set(message_id=message_id)

    def _old(self, value: dict[str, Any]) -> None:
        """The stream of older builds: `{"completion": " delta", "stop_reason": null}`."""
        answer = self._flow.transcript.draft("a", "assistant", message_id=ident(value.get("uuid")))
        answer.append(text_of(value.get("completion")))
        if value.get("stop_reason"):
            self._flow.silent = True
            answer.set(final=True)


class _History:
    """The transcript is a tree: the branch that ends in the shown leaf, else in the newest one."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        """A GET has no body."""

    def event(self, name: str, value: Any) -> None:
        rows = dicts_of(pick(value, "chat_messages"))
        self._flow.silent = True
        for row in self._branch(rows, ident(pick(value, "current_leaf_message_uuid"))):
            role = role_of(row.get("sender"))
            if role is None:
                continue
            text = parts_text(row.get("content"), "text") or text_of(row.get("text"))
            uuid = ident(row.get("uuid"))
            draft = self._flow.transcript.draft(f"h:{uuid}", role, message_id=uuid, replayed=True, final=True)
            draft.assign(text)

    def end(self, complete: bool) -> None:
        """One document."""

    def _branch(self, rows: list[dict[str, Any]], leaf: str | None) -> list[dict[str, Any]]:
        by_id = {row["uuid"]: row for row in rows if isinstance(row.get("uuid"), str)}
        if not any(row.get("parent_message_uuid") in by_id for row in rows):
            return sorted(rows, key=_created)
        if leaf not in by_id:
            parents = {row.get("parent_message_uuid") for row in rows}
            leaves = [row for row in rows if row.get("uuid") not in parents]
            leaf = max(leaves or rows, key=_created).get("uuid")
        branch: list[dict[str, Any]] = []
        seen: set[str] = set()
        while isinstance(leaf, str) and leaf in by_id and leaf not in seen:
            seen.add(leaf)
            row = by_id[leaf]
            branch.append(row)
            leaf = row.get("parent_message_uuid")
        return branch[::-1]


def _created(row: dict[str, Any]) -> str:
    return text_of(row.get("created_at"))
