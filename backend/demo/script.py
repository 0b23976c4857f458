"""The demonstration's conversations, written for this project."""

import json
import re
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel

Format = Literal["openai_chat", "character_ai"]


class Exchange(BaseModel):
    """What the person says and what the service answers."""

    user: str
    answer: str


class Conversation(BaseModel):
    """One conversation with one service."""

    format: Format
    host: str
    turns: list[Exchange]


class Script(BaseModel):
    """self_test: the turns of the first conversation that must alarm."""

    conversations: list[Conversation]
    self_test: list[int]

    def answer_to(self, user: str) -> str:
        """The scripted answer to what the person said; a plain one to anything else."""
        for conversation in self.conversations:
            for turn in conversation.turns:
                if turn.user == user:
                    return turn.answer
        return "I see. Tell me more about it."


def load() -> Script:
    """The script that ships with the program."""
    return Script.model_validate(json.loads(files("backend.demo").joinpath("script.json").read_text("utf-8")))


def pieces(text: str) -> list[str]:
    """The text cut as services stream it: a word and the space before it."""
    return re.findall(r"\s*\S+", text)
