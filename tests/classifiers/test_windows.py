"""Units and windows depend only on the text before their end."""

import random

from hypothesis import given
from hypothesis import strategies as st

from classifiers.windows import Limits, WindowBuilder, clean, next_end, person_last, units
from proxy.message import Turn

ALPHABET = 'ab .!?…\n。！」"*1é😢'


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in units(text)]


def streamed(text: str, cuts: list[int]) -> list[tuple[int, int]]:
    """Units found while the text grows, then the rest."""
    start = count = 0
    found: list[tuple[int, int]] = []
    for cut in [*cuts, len(text)]:
        while (end := next_end(text[:cut], start, count)) is not None:
            begin = start + len(text[start:end]) - len(text[start:end].lstrip())
            found.append((begin, end))
            start, count = end, count + 1
    return found + units(text, start, count)


def test_sentences() -> None:
    text = "I missed you so much today. Did you eat anything at all? Go to sleep now, it is late."
    assert pieces(text) == [
        "I missed you so much today.",
        "Did you eat anything at all?",
        "Go to sleep now, it is late.",
    ]


def test_short_sentences_join_the_next_one() -> None:
    assert pieces("Ha. No. That is not what I meant at all. Bye.") == [
        "Ha. No. That is not what I meant at all.",
        "Bye.",
    ]


def test_abbreviations_and_numbers_do_not_end_a_sentence() -> None:
    text = "Yesterday I went to see Dr. Brown about it. It cost 3.50 and took an hour."
    assert pieces(text) == ["Yesterday I went to see Dr. Brown about it.", "It cost 3.50 and took an hour."]


def test_lines_and_wide_punctuation_end_a_unit() -> None:
    assert len(pieces("first line of the whole poem\nsecond line of the whole poem")) == 2
    assert (
        len(
            pieces(
                "今天我们一起去公园散步,然后回家吃饭看电视剧,很开心。明天你还想和我一起去那个很远的地方看海吗?真的很想去看看。好"
            )
        )
        >= 2
    )


def test_text_without_punctuation_is_cut() -> None:
    found = units("word " * 400)
    assert len(found) > 3
    assert max(end - start for start, end in found) <= 720
    assert max(end - start for start, end in units("x" * 5000)) <= 720


def test_blank_text_has_no_units() -> None:
    assert units("") == units(" \n\t ") == []


def test_huge_text_has_bounded_units() -> None:
    assert len(units("This is one quite ordinary sentence of a story. " * 20_000)) < 1200


@given(st.text(ALPHABET, max_size=400), st.lists(st.integers(0, 400), max_size=12))
def test_any_split_gives_the_same_units(text: str, cuts: list[int]) -> None:
    assert streamed(text, sorted(min(cut, len(text)) for cut in cuts)) == units(text)


def test_any_split_of_prose_gives_the_same_units() -> None:
    rng = random.Random(1)
    text = 'Wait... he said "no." Then (oddly) he left! 1. Pack\n2. Go home, e.g. by bus. ' * 40
    for _ in range(50):
        assert streamed(text, sorted(rng.sample(range(len(text)), 30))) == units(text)


def test_invisible_characters_and_wide_forms_are_folded() -> None:
    assert clean("k\u200bi\u00adll ｈｉ") == "kill hi"


def builder(before: int = 8, text: int = 6) -> WindowBuilder:
    return WindowBuilder(
        lambda s: [len(word) for word in s.split()], {"cls": 101, "sep": 102}, {"user": 201, "assistant": 202},
        Limits(before, text),
    )  # fmt: skip


def test_window_layout() -> None:
    ids, split = builder().join([201, 5], "assistant", [1, 2])
    assert ids == (101, 201, 5, 102, 202, 1, 2, 102)
    assert ids[split] == 202


def test_window_keeps_the_latest_tokens() -> None:
    made = builder()
    ids, _ = made.join([], "assistant", list(range(20)))
    assert ids == (101, 102, 202, 15, 16, 17, 18, 19, 102)
    before = made.before([Turn("user", "aa " * 50), Turn("assistant", "b"), Turn("user", "ccc cc c")])
    assert before == [201, 2, 202, 1, 201, 3, 2, 1]
    assert len(before) == made.limits.before


def test_person_last() -> None:
    turns = [Turn("user", "a"), Turn("user", "b"), Turn("assistant", "c")]
    assert list(person_last(turns)) == [turns[1]]
    assert list(person_last([])) == []
