"""Every sentence that a person reads, one file a language, all with the same keys."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

LANGUAGES = ("en", "es", "pt", "de", "fr")


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one rule. resources: crisis lines belong with it."""

    title: str
    body: str
    why: str
    advice: tuple[str, ...]
    resources: bool


@cache
def load(language: str) -> dict[str, dict[str, dict[str, object]]]:
    """A catalogue; a language that is not there falls back to its base ("pt-BR" to "pt") and then to English."""
    base = language.lower().partition("-")[0].partition("_")[0]
    name = base if base in LANGUAGES else "en"
    text = resources.files(__package__).joinpath(f"{name}.json").read_text("utf-8")
    loaded: dict[str, dict[str, dict[str, object]]] = json.loads(text)
    return loaded


def sentences(language: str, rule: str, label: str) -> Words:
    """What to say for a rule. A trend without words of its own uses the general ones with the pattern's name."""
    book = load(language)
    name = rule if rule in book["rules"] else "trend" if rule.startswith("trend_") else rule
    entry = book["rules"][name]
    pattern = str(book["patterns"].get(label, label))
    advice = entry["advice"]
    assert isinstance(advice, list)
    return Words(
        title=str(entry["title"]).replace("{pattern}", pattern),
        body=str(entry["body"]).replace("{pattern}", pattern),
        why=str(entry["why"]).replace("{pattern}", pattern),
        advice=tuple(str(line) for line in advice),
        resources=bool(entry.get("resources", False)),
    )


def status_reason(language: str, code: str, **values: str) -> str:
    """One reason of the status page, in words."""
    text = str(load(language)["status"].get(code, code))
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
