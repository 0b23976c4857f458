"""Which shared dialect one value of a response belongs to."""

from typing import Any

from proxy.dialects.pick import dicts_of, pick, text_of

_ANTHROPIC = {"message_start", "content_block_start", "content_block_delta"}


def dialect_of(value: Any, name: str = "") -> str | None:
    """`openai_chat`, `text_completion`, `openai_responses`, `anthropic`, `gemini_api`, `ollama`, or None.

    name: the event name of a server-sent event.
    """
    if not isinstance(value, dict):
        return None
    kind = text_of(value.get("type")) or name
    if kind.startswith("response.") and ("response" in value or "item_id" in value or "item" in value):
        return "openai_responses"
    if value.get("object") == "response":
        return "openai_responses"
    if kind in _ANTHROPIC or (kind == "message" and isinstance(value.get("content"), list) and "stop_reason" in value):
        return "anthropic"
    if isinstance(value.get("choices"), list):
        choices = dicts_of(value["choices"])
        if choices and all("text" in choice and not {"delta", "message"} & set(choice) for choice in choices):
            return "text_completion"
        if choices and not any({"delta", "message"} & set(choice) for choice in choices):
            return None
        return "text_completion" if value.get("object") == "text_completion" else "openai_chat"
    if isinstance(value.get("candidates"), list) and pick(value, "candidates", 0, "content", "parts") is not None:
        return "gemini_api"
    answer = isinstance(value.get("message"), dict) or isinstance(value.get("response"), str)
    if answer and isinstance(value.get("model"), str) and isinstance(value.get("done"), bool):
        return "ollama"
    return None
