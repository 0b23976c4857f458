"""Crisis lines by country, offline. The list names its source and the date on which each line was written down."""

import json
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict


class Resource(BaseModel):
    """Somebody to turn to. contact: a number or a short instruction; url may be empty."""

    model_config = ConfigDict(frozen=True)

    name: str
    contact: str
    url: str


class Line(BaseModel):
    """One entry of the list. source: who publishes the number.

    as_of: ISO date at which the entry was written down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    contact: str
    url: str
    source: str
    as_of: str


class Country(BaseModel):
    """emergency: the number for danger to life, right now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    emergency: str
    lines: list[Line]


@cache
def load() -> dict[str, Country]:
    """The whole list; key "" is for a country that is not known."""
    text = resources.files(__package__).joinpath("helplines.json").read_text("utf-8")
    return {code: Country.model_validate(entry) for code, entry in json.loads(text).items()}


def lines_for(country: str | None) -> list[Resource]:
    """Crisis lines of a country, then its emergency number."""
    book = load()
    entry = book.get((country or "").upper()) or book[""]
    found = [Resource(name=line.name, contact=line.contact, url=line.url) for line in entry.lines]
    return [*found, Resource(name="Emergency", contact=entry.emergency, url="")]
