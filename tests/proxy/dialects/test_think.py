"""Inline reasoning, whole and in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.dialects.think import ThinkSplitter, split_think

CASES = [
    ("plain", "plain", ""),
    ("  two spaces", "  two spaces", ""),
    ("<think>a</think>b", "b", "a"),
    ("<thinking>a\n</thinking>\n\n b ", "b ", "a\n"),
    ("\n<think>\na</think>b", "b", "\na"),
    ("<THINK>a</Think>b", "b", "a"),
    ("<think>a", "", "a"),
    ("<think>", "", ""),
    ("<think></think>", "", ""),
    ("<think>a</think>\n<think>c</think>b", "b", "ac"),
    ("<think>a < b </thin x</think>c", "c", "a < b </thin x"),
    ("b <think>a</think>", "b <think>a</think>", ""),
    ("<thin air>", "<thin air>", ""),
    ("<3", "<3", ""),
    ("<", "<", ""),
    ("", "", ""),
    ("   ", "   ", ""),
]


@pytest.mark.parametrize(("text", "speech", "reasoning"), CASES)
def test_whole(text: str, speech: str, reasoning: str) -> None:
    assert split_think(text) == (speech, reasoning)


@given(st.sampled_from(CASES), st.lists(st.integers(0, 40), max_size=12))
def test_pieces_give_the_same(case: tuple[str, str, str], cuts: list[int]) -> None:
    text, speech, reasoning = case
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    splitter = ThinkSplitter()
    parts = [splitter.feed(text[start:stop]) for start, stop in zip(edges, edges[1:], strict=False)]  # noqa: RUF007
    parts.append(splitter.flush())
    assert "".join(part[0] for part in parts) == speech
    assert "".join(part[1] for part in parts) == reasoning


def test_speech_is_held_back_only_while_it_may_be_a_tag() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("<t") == ("", "")
    assert splitter.feed("ea") == ("<tea", "")
    assert splitter.feed("<think>") == ("<think>", "")
