"""Rows of conversations as JSON lines, checked at the border."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.cli.main import BadInputError
from proxy.message import Turn


class TurnRow(BaseModel):
    """One turn; t: seconds from the start of the conversation."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["user", "assistant"]
    text: str
    t: float | None = None


class Row(BaseModel):
    """A conversation; age: what the family says of the person, in years."""

    model_config = ConfigDict(extra="ignore")

    id: str | int
    turns: Annotated[list[TurnRow], Field(min_length=1)]
    age: Annotated[int | None, Field(default=None, ge=0, le=120)]

    def plain_turns(self) -> list[Turn]:
        """The turns as the classifiers take them."""
        return [Turn(turn.role, turn.text) for turn in self.turns]


def read(source: Path | None) -> Iterator[Row]:
    """Rows of a file, or of standard input for None or "-". Raises BadInputError naming the line."""
    name = "standard input" if source is None or str(source) == "-" else str(source)
    try:
        stream = sys.stdin.buffer if name == "standard input" else open(name, "rb")  # noqa: SIM115
    except OSError as error:
        raise BadInputError(f"cannot read {name}: {error.strerror}") from error
    with stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                yield Row.model_validate(json.loads(line.decode("utf-8")))
            except UnicodeDecodeError:
                raise BadInputError(f"{name}, line {number}: not UTF-8") from None
            except ValueError as error:
                raise BadInputError(f"{name}, line {number}: {_reason(error)}") from None


def _reason(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"{where}: {first['msg']}" if where else first["msg"]
    return f"not valid JSON ({error})"
