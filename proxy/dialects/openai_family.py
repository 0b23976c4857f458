"""The OpenAI-compatible paths that many vendors and local servers offer side by side."""

from proxy.dialects.flow import Decoder, Flow
from proxy.dialects.http import HttpDecoder
from proxy.dialects.openai_chat import OpenAiChat
from proxy.dialects.openai_responses import OpenAiResponses
from proxy.dialects.text_completion import TextCompletion


def openai_family(flow: Flow) -> Decoder:
    """The dialect that the end of the path names."""
    path = flow.path.rstrip("/")
    if path.endswith("/chat/completions"):
        return HttpDecoder(flow, OpenAiChat(flow))
    if path.endswith("/responses"):
        return HttpDecoder(flow, OpenAiResponses(flow))
    return HttpDecoder(flow, TextCompletion(flow))
