"""The person's last words inside one prompt string."""

import pytest

from proxy.dialects.prompt import last_user_text


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("### Instruction:\nHi\n### Response:\nHello\n### Instruction:\nTwo trees?\n### Response:\n", "Two trees?"),
        ("Story.\nYou: Hi\nBob: Hello\nYou: How are\nyou?\nBob:", "How are\nyou?"),
        ("<|im_start|>system\nx<|im_end|>\n<|im_start|>user\nA tree?<|im_end|>\n<|im_start|>assistant\n", "A tree?"),
        ("[INST] Hi [/INST] Hello </s>[INST] Bye [/INST]", "Bye"),
        ("<start_of_turn>user\nOak?<end_of_turn>\n<start_of_turn>model\n", "Oak?"),
        (
            "<|start_header_id|>user<|end_header_id|>\n\nElm?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            "Elm?",
        ),
        ("{{user}}: Ash?\n{{char}}:", "Ash?"),
        ("{{[INPUT]}}Fir?{{[OUTPUT]}}", "Fir?"),
    ],
)
def test_markers(prompt: str, text: str) -> None:
    assert last_user_text(prompt) == (text, True)


def test_without_a_marker_the_whole_prompt_is_meant() -> None:
    assert last_user_text("Once there was") == ("Once there was", False)
    assert last_user_text("") == ("", False)
