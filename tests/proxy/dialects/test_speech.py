"""An answer with inline reasoning, appended or assigned."""

from proxy.dialects.speech import Speech
from proxy.dialects.transcript import Transcript


def test_append_and_assign_agree() -> None:
    appended = Speech(Transcript("x").draft("a", "assistant"))
    for piece in ("<thi", "nk>a</th", "ink> b", " <"):
        appended.say(piece)
    appended.close()
    assigned = Speech(Transcript("x").draft("a", "assistant"))
    assigned.assign("<think>a</think> b <")
    assert (
        (appended.draft.text, appended.draft.reasoning)
        == (assigned.draft.text, assigned.draft.reasoning)
        == ("b <", "a")
    )


def test_without_inline_reasoning_tags_are_text() -> None:
    speech = Speech(Transcript("x").draft("a", "assistant"), inline=False)
    speech.say("<think>a")
    speech.close()
    assert speech.draft.text == "<think>a"
    speech.assign("<think>b")
    assert speech.draft.text == "<think>b"
