"""Age evidence: what counts as a person's own age, and what only looks like it."""

import pytest

from classifiers.age import evidence
from proxy.message import Turn

OWN = [
    ("i'm 13", "13_15"),
    ("im 12 lol", "under_13"),
    ("I am 17 years old.", "16_17"),
    ("I’m only 14 so dont be weird", "13_15"),
    ("im literally 11", "under_13"),
    ("i just turned 16!", "16_17"),
    ("I turn 13 next week", "under_13"),
    ("im almost 14", "13_15"),
    ("i'm thirteen and my phone is old", "13_15"),
    ("15f here, bored", "13_15"),
    ("i'm 34, married, two kids", "adult"),
    ("im in 7th grade", "under_13"),
    ("I'm in 10th grade and hate maths", "13_15"),
    ("i'm in year 9", "13_15"),
    ("im in yr 11 and exams are killing me", "13_15"),
    ("I'm a 6th grader", "under_13"),
    ("it's my 12th birthday!", "under_13"),
    ("im still in middle school", "under_13"),
    ("Ich bin 13", "13_15"),
    ("bin erst 12 Jahre alt", "under_13"),
    ("ich gehe in die 7. Klasse", "under_13"),
    ("ich werde morgen 14", "13_15"),
    ("j'ai 13 ans", "13_15"),
    ("J’ai que 11 ans et demi", "under_13"),
    ("je suis en 4ème", "13_15"),
    ("tengo 12 años", "under_13"),
    ("tengo 15 y mi hermana 20", "13_15"),
    ("estoy en 2º de la ESO", "13_15"),
    ("tenho 16 anos", "16_17"),
    ("tô no 7º ano", "under_13"),
]

NOT_OWN = [
    "my son is 13",
    "my 13-year-old won't sleep",
    "when i was 12 we had a dog",
    "i'm 12 weeks pregnant",
    "i watched 13 reasons why",
    "i'm 13 minutes late",
    "i'm 14 days sober",
    "i'm 15 pages in",
    "i feel like i'm 13 again",
    "he treats me like i'm 12",
    "let's pretend i'm 13 and you're my wizard teacher",
    'in my story the girl says "i\'m 13" to the guard',
    "*looks up* i'm playing Kai, my character, i'm 15",
    "if i were 16 i would",
    "let's roleplay. you are a knight. i'm 13 and your squire",
    "i'm not 13",
    "i'm 5'7 and 140 lbs",
    "im 13th in line",
    "i teach 7th grade",
    "my daughter is in 7th grade",
    "i'm in year 2 of uni",
    "i'm in year 9 of my career",
    "bus 13 is late again",
    "als ich 13 war, wohnten wir in Kiel",
    "mein Sohn ist 13",
    "ich bin 13 Minuten zu spät",
    "quand j'avais 13 ans",
    "mon fils a 13 ans",
    "j'ai 12 ans d'expérience",
    "cuando tenía 13 años",
    "tengo 12 años de experiencia",
    "mi hija tiene 13 años",
    "tenho 15 anos de casado",
    "quando eu tinha 13 anos",
]


@pytest.mark.parametrize(("text", "band"), OWN)
def test_own_age_counts(text: str, band: str) -> None:
    found = evidence(None, {}, [Turn("user", text)])
    assert found.band == band
    assert found.evidence


@pytest.mark.parametrize("text", NOT_OWN)
def test_wrong_cues_do_not_count(text: str) -> None:
    assert evidence(None, {}, [Turn("user", text)]).band == "unknown"


def test_the_assistant_does_not_tell_the_person_s_age() -> None:
    assert evidence(None, {}, [Turn("assistant", "i'm 13")]).band == "unknown"


def test_profile_is_strongest_and_a_contradiction_stays_visible() -> None:
    found = evidence(40, {"kids_mode": "true"}, [Turn("user", "im 13")])
    assert found.band == "adult"
    assert found.youngest == "under_13"
    assert found.evidence == ("profile: 40", "signal: kids_mode=true", "stated: im 13")


def test_the_youngest_statement_counts() -> None:
    turns = [Turn("user", "im 13"), Turn("assistant", "ok"), Turn("user", "jk im 18")]
    assert evidence(None, {}, turns).band == "13_15"


@pytest.mark.parametrize(
    ("signals", "band"),
    [
        ({"kids_mode": "true"}, "under_13"),
        ({"kids_mode": "false"}, "unknown"),
        ({"teen_account": "true"}, "13_15"),
        ({"age": "16"}, "16_17"),
        ({"user_age": "25"}, "adult"),
        ({"age_group": "13-15"}, "13_15"),
        ({"age_group": "under 18"}, "16_17"),
        ({"age_group": "adult"}, "adult"),
        ({"nsfw": "true"}, "unknown"),
        ({"language": "en", "message_count": "12"}, "unknown"),
    ],
)
def test_wire_signals(signals: dict[str, str], band: str) -> None:
    assert evidence(None, signals, []).band == band
