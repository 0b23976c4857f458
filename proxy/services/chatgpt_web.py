"""ChatGPT on the web: three generations of its stream, and the snapshot of a chat."""

from typing import Any

from proxy.dialects.flow import DONE, Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.patch import apply
from proxy.dialects.pick import dict_of, dicts_of, ident, list_of, pick, seconds_of, text_of
from proxy.dialects.socket import SocketDecoder
from proxy.exchange import Direction

NAME = "chatgpt_web"
HOSTS = ("chatgpt.com", "chat.openai.com", "ws.chatgpt.com")
PATHS = (
    "POST /backend-api/f/conversation",
    "POST /backend-api/conversation",
    "POST /backend-anon/f/conversation",
    "POST /backend-anon/conversation",
    "GET /backend-api/conversation/{uuid}",
    "WS ws.chatgpt.com/**",
)
FRAMING = "sse"
LAST_VERIFIED = "2026-09"
KIND = "full"
CONFIDENCE = "real"
HISTORY = ("GET /backend-api/conversation/{uuid}",)
NOTE = "The shape of the hand-off socket's frames is not known: what looks like the stream inside them is read."

_SPOKEN_TYPES = {"text", "multimodal_text"}
_NOISE = {
    "resume_conversation_token", "message_marker", "conversation_detail_metadata", "title_generation",
    "moderation", "url_moderation", "stream_handoff", "presence",
}  # fmt: skip
_RECENT_S = 120.0


def decoder(flow: Flow) -> Decoder:
    if flow.meta.kind == "websocket":
        return SocketDecoder(flow, _Topic(flow))
    if flow.meta.method == "GET":
        return HttpDecoder(flow, _Snapshot(flow))
    return HttpDecoder(flow, _Stream(flow))


def _spoken(message: dict[str, Any]) -> str | None:
    """The role whose speech this message is, or None: hidden, tool, thought and commentary messages are no speech."""
    role = pick(message, "author", "role")
    if role not in ("user", "assistant") or message.get("recipient", "all") != "all":
        return None
    channel = message.get("channel")
    if text_of(pick(message, "content", "content_type")) not in _SPOKEN_TYPES or (channel and channel != "final"):
        return None
    if pick(message, "metadata", "is_visually_hidden_from_conversation") is True or message.get("weight") == 0:
        return None
    return str(role)


def _text(message: dict[str, Any]) -> str:
    return "".join(part for part in list_of(pick(message, "content", "parts")) if isinstance(part, str))


def _publish(flow: Flow, message: dict[str, Any], replayed: bool = False) -> None:
    """Show one message. Thoughts are kept and become the reasoning of the answer that follows them."""
    if pick(message, "content", "content_type") == "thoughts":
        thoughts = [text_of(thought.get("content")) for thought in dicts_of(pick(message, "content", "thoughts"))]
        flow.notes["thoughts"] = "\n".join(thought for thought in thoughts if thought)
    role = _spoken(message)
    if role is None:
        return
    message_id = ident(message.get("id"))
    slot = f"m:{message_id}" if message_id else ("u" if role == "user" else "a")
    draft = flow.transcript.draft(slot, "user" if role == "user" else "assistant", message_id=message_id)
    draft.set(replayed=replayed)
    if role == "user":
        draft.assign(_text(message))
        return
    if hidden := flow.notes.pop("thoughts", ""):
        draft.set(reasoning=hidden)
    draft.assign(_text(message))
    draft.set(final=message.get("status") in ("finished_successfully", "finished_partial_completion"))


class _Stream:
    """Reads delta encoding v1 (operations on one open document) and the older whole-message frames."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._document: dict[str, Any] = {}
        self._path = ""
        self._op = "add"

    def request(self, body: Any) -> None:
        transcript = self._flow.transcript
        transcript.name_conversation(
            ident(pick(body, "conversation_id")), ident(pick(body, "conversation_mode", "gizmo_id"))
        )
        if pick(body, "action") in ("variant", "continue"):
            return
        for message in dicts_of(pick(body, "messages")):
            if pick(message, "author", "role") == "user" and not pick(
                message, "metadata", "is_visually_hidden_from_conversation"
            ):
                message_id = ident(message.get("id"))
                slot = f"m:{message_id}" if message_id else "u"
                transcript.draft(slot, "user", message_id=message_id).assign(_text(message))

    def event(self, name: str, value: Any) -> None:
        if value == DONE:
            self._complete()
            return
        if not isinstance(value, dict):
            return
        self._flow.transcript.name_conversation(ident(value.get("conversation_id")))
        kind = text_of(value.get("type"))
        if "v" in value:
            self._delta(value)
        elif kind == "input_message":
            _publish(self._flow, dict_of(value.get("input_message")))
        elif kind == "message_stream_complete":
            self._complete()
        elif kind == "server_ste_metadata":
            self._metadata(dict_of(value.get("metadata")))
        elif isinstance(value.get("message"), dict):
            self._document = value
            self._show()
        elif value.get("error"):
            self._flow.silent = True
        elif kind and kind not in _NOISE:
            self._flow.transcript.miss("unknown_part")
        elif kind in ("resume_conversation_token", "stream_handoff"):
            self._flow.notes["handoff"] = True

    def end(self, complete: bool) -> None:
        """The stream has its own end marker."""

    def _delta(self, frame: dict[str, Any]) -> None:
        value = frame["v"]
        if isinstance(value, dict) and "message" in value and frame.get("p", "") == "":
            self._document, self._path, self._op = value, "", "add"
            self._flow.transcript.name_conversation(ident(value.get("conversation_id")))
        else:
            self._path = frame["p"] if isinstance(frame.get("p"), str) else self._path
            self._op = frame["o"] if isinstance(frame.get("o"), str) else self._op
            if self._op == "patch" and isinstance(value, list):
                for operation in dicts_of(value):
                    self._apply(
                        self._path + text_of(operation.get("p")),
                        text_of(operation.get("o")) or "append",
                        operation.get("v"),
                    )
            elif self._op == "patch" or not self._path:
                self._flow.transcript.miss("unknown_part")
            else:
                self._apply(self._path, self._op, value)
        self._show()

    def _apply(self, path: str, op: str, value: Any) -> None:
        self._document = dict_of(apply(self._document, path, op, value))

    def _show(self) -> None:
        message = dict_of(self._document.get("message"))
        if pick(message, "author", "role") == "tool" or message.get("recipient", "all") != "all":
            self._flow.silent = True
        elif _spoken(message) == "assistant":
            self._flow.silent = False
        _publish(self._flow, message)

    def _complete(self) -> None:
        for draft in self._flow.transcript.drafts():
            if draft.role == "assistant":
                draft.set(final=True)

    def _metadata(self, metadata: dict[str, Any]) -> None:
        plan = text_of(metadata.get("plan_type"))
        for draft in self._flow.transcript.drafts():
            if plan:
                draft.signal("plan_type", plan)


class _Snapshot:
    """The whole chat as a tree: the branch from `current_node` to the root is what is shown."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        """A GET has no body."""

    def event(self, name: str, value: Any) -> None:
        mapping = dict_of(pick(value, "mapping"))
        self._flow.silent = True
        conversation_id = ident(pick(value, "conversation_id")) or self._flow.segment("conversation")
        self._flow.transcript.name_conversation(conversation_id, ident(pick(value, "gizmo_id")))
        branch: list[dict[str, Any]] = []
        node = pick(value, "current_node")
        seen: set[str] = set()
        while isinstance(node, str) and node in mapping and node not in seen:
            seen.add(node)
            branch.append(dict_of(pick(mapping, node, "message")))
            node = pick(mapping, node, "parent")
        for message in reversed(branch):
            _publish(self._flow, message, replayed=not self._just_now(message))
        if pick(value, "is_study_mode") is True:
            for draft in self._flow.transcript.drafts():
                draft.signal("study_mode", "true")

    def end(self, complete: bool) -> None:
        """One document."""

    def _just_now(self, message: dict[str, Any]) -> bool:
        """After a hand-off the snapshot is the first place where the new turn is seen: that one is not old."""
        created = seconds_of(message.get("create_time"))
        started = self._flow.meta.t_start
        return created is not None and started > 0 and created > started - _RECENT_S


class _Topic:
    """The hand-off socket. What looks like the event stream inside a frame is read as that stream."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._streams: dict[str, HttpDecoder] = {}

    def value(self, direction: Direction, value: Any) -> None:
        if direction == "s2c":
            self._walk(value, "", 0)

    def end(self, complete: bool) -> None:
        for stream in self._streams.values():
            stream.end(complete)

    def _walk(self, value: Any, topic: str, depth: int) -> None:
        if depth > 8:
            return
        if isinstance(value, dict):
            topic = (
                ident(value.get("turn_topic_id"))
                or ident(value.get("topic_id"))
                or ident(value.get("conversation_id"))
                or topic
            )
            for child in value.values():
                self._walk(child, topic, depth + 1)
        elif isinstance(value, list):
            for child in value:
                self._walk(child, topic, depth + 1)
        elif isinstance(value, str) and ("data: " in value or value.startswith("data:")):
            self._stream(topic).response(value.encode("utf-8", "surrogatepass"))

    def _stream(self, topic: str) -> HttpDecoder:
        if topic not in self._streams:
            self._streams[topic] = HttpDecoder(self._flow, _Stream(self._flow), "sse")
        return self._streams[topic]
