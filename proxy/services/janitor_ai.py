"""JanitorAI: the house model's stream, the stored rows, and the transcript of a chat."""

from typing import Any

from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.openai_chat import OpenAiChat
from proxy.dialects.pick import dict_of, dicts_of, ident, pick, text_of, when_of
from proxy.message import Turn

NAME = "janitor_ai"
HOSTS = ("janitorai.com", "www.janitorai.com", "kim.janitorai.com")
PATHS = ("POST /generateAlpha", "POST /hampter/chats/*/messages", "GET /hampter/chats/*")
FRAMING = "sse"
LAST_VERIFIED = "2026-07"
KIND = "full"
CONFIDENCE = "read"
HISTORY = ("GET /hampter/chats/*",)
NOTE = "With a proxy of the person's own choice the answer comes from that host; the stored row holds it too."


def decoder(flow: Flow) -> Decoder:
    if flow.meta.method == "GET":
        return HttpDecoder(flow, _History(flow))
    if flow.path.rstrip("/").endswith("/messages"):
        flow.transcript.name_conversation(flow.segment("chats"))
        return HttpDecoder(flow, _Stored(flow))
    return HttpDecoder(flow, _Generate(flow))


class _Generate:
    """The request replays the chat's rows; the answer is an OpenAI stream, or a prompt for the person's own proxy."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._openai = OpenAiChat(flow)

    def request(self, body: Any) -> None:
        self._flow.transcript.name_conversation(
            ident(pick(body, "chat", "id")), ident(pick(body, "chat", "character_id"))
        )
        rows = [row for row in dicts_of(pick(body, "chatMessages")) if row.get("is_main") is not False]
        turns = [
            Turn("assistant" if row.get("is_bot") is True else "user", text_of(row.get("message"))) for row in rows
        ]
        self._openai.turns = tuple(turn for turn in turns if turn.text)
        for index in range(len(rows) - 1, -1, -1):
            if turns[index].role == "user":
                past = tuple(turn for turn in turns[:index] if turn.text)
                draft = self._flow.transcript.draft("u", "user", message_id=ident(rows[index].get("id")), history=past)
                draft.append(turns[index].text)
                if api := text_of(pick(body, "userConfig", "api")):
                    draft.signal("model_host", api)
                break

    def event(self, name: str, value: Any) -> None:
        if isinstance(pick(value, "messages"), list) and pick(value, "choices") is None:
            self._flow.silent = True
        else:
            self._openai.event(name, value)

    def end(self, complete: bool) -> None:
        self._openai.end(complete)


class _Stored:
    """The app stores each finished row; request and response hold the same text."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._count = 0

    def request(self, body: Any) -> None:
        for index, row in enumerate(dicts_of(body) or [dict_of(body)]):
            self._row(index, row, None)

    def event(self, name: str, value: Any) -> None:
        self._row(self._count, dict_of(value), ident(pick(value, "id")))
        self._count += 1

    def end(self, complete: bool) -> None:
        """One document."""

    def _row(self, index: int, row: dict[str, Any], message_id: str | None) -> None:
        if not isinstance(row.get("is_bot"), bool) or not isinstance(row.get("message"), str):
            return
        self._flow.silent = True
        role = "assistant" if row["is_bot"] else "user"
        draft = self._flow.transcript.draft(f"r{index}", "assistant" if role == "assistant" else "user")
        draft.set(message_id=message_id, final=True)
        draft.assign(row["message"])


class _History:
    """Rows in any order; of several answers to one turn only the main one is shown."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def request(self, body: Any) -> None:
        """A GET has no body."""

    def event(self, name: str, value: Any) -> None:
        if not isinstance(pick(value, "chatMessages"), list):
            return
        self._flow.silent = True
        chat, character = dict_of(pick(value, "chat")), dict_of(pick(value, "character"))
        self._flow.transcript.name_conversation(
            ident(chat.get("id")) or self._flow.segment("chats"), ident(chat.get("character_id"))
        )
        for row in dicts_of(value["chatMessages"]):
            if row.get("is_main") is False:
                continue
            message_id = ident(row.get("id"))
            role = "assistant" if row.get("is_bot") is True else "user"
            draft = self._flow.transcript.draft(f"h:{message_id}", "assistant" if role == "assistant" else "user")
            draft.when = when_of(row.get("created_at"))
            draft.set(message_id=message_id, replayed=True, final=True)
            for name_ in ("is_nsfw", "is_image_nsfw"):
                if isinstance(character.get(name_), bool):
                    draft.signal(f"character.{name_}", str(character[name_]).lower())
            draft.assign(text_of(row.get("message")))

    def end(self, complete: bool) -> None:
        """One document."""
