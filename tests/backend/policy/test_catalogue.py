"""The same keys in every language, nothing left empty, no rule without words."""

import re

import pytest

from backend.policy.alert import ExchangeModel, write_alert
from backend.policy.catalogue import LANGUAGES, load, sentences, status_reason
from backend.policy.helplines import lines_for
from backend.policy.helplines import load as load_lines
from backend.policy.profile import Profile
from backend.policy.verdict import Verdict
from classifiers.labels import LABELS, REPLY_LABELS

RULES = [*REPLY_LABELS, "nsfw_to_minor", "crisis", *(f"trend_{label}" for label in REPLY_LABELS)]


def shape(node: object) -> object:
    if isinstance(node, dict):
        return {key: shape(value) for key, value in node.items()}
    return type(node).__name__


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys(language: str) -> None:
    assert shape(load(language)) == shape(load("en"))
    assert set(load(language)["patterns"]) == set(LABELS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_short_words(language: str, rule: str) -> None:
    words = sentences(language, rule, rule.removeprefix("trend_"))
    for text in (words.title, words.body, words.why, *words.advice):
        assert text.strip()
        assert "{" not in text
        assert len(text) <= 240
    assert len(words.title) <= 90
    assert 1 <= len(words.advice) <= 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same_in_every_language(language: str) -> None:
    for section in ("status", "rules"):
        for key, entry in load(language)[section].items():
            assert set(re.findall(r"{\w+}", str(entry))) == set(re.findall(r"{\w+}", str(load("en")[section][key])))


def test_languages_fall_back() -> None:
    assert load("pt-BR") is not None
    assert sentences("pt-BR", "crisis", "crisis") == sentences("pt", "crisis", "crisis")
    assert sentences("xx", "crisis", "crisis") == sentences("en", "crisis", "crisis")
    assert status_reason("de", "not_recorded", reason="disk full").endswith("disk full.")


def test_lines_by_country_end_with_the_emergency_number() -> None:
    assert lines_for("us")[0].contact == "Call or text 988"
    assert lines_for("GB")[-1].contact == "999"
    assert lines_for(None) == lines_for("ZZ")
    for country, entry in load_lines().items():
        assert entry.lines, country
        for line in entry.lines:
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", line.as_of)
            assert line.source
            assert line.url.startswith("https://")


def test_a_quote_is_cut_to_what_the_interface_allows() -> None:
    verdict = Verdict("crisis", "crisis", "warn", "interrupt", 0, 1000)
    exchange = ExchangeModel(host="h", path="/", method="POST", t_start=1.0)
    alert = write_alert(
        verdict, Profile(name="p", country="FR", language="fr"), "x" * 1000, alert_id="a", service="s",
        conversation_id="c", message_id="m", exchange=exchange, t_wire=1.0, t_alert=2.0,
    )  # fmt: skip
    assert len(alert.quote) == 300
    assert "quote" not in alert.without_quote()
    assert alert.resources[0].contact == "3114"
