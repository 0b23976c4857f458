"""The message list of a stateless request."""

from proxy.dialects.turns import replay
from proxy.message import Turn


def test_the_last_user_turn_is_new_and_the_rest_is_context() -> None:
    result = replay(
        [
            {"role": "system", "content": "rules"},
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": None, "tool_calls": []},
            {"role": "tool", "content": "42"},
            {"role": "assistant", "content": [{"type": "text", "text": "two"}]},
            {
                "role": "user",
                "content": [{"type": "text", "text": "thr"}, {"type": "image_url"}, {"type": "text", "text": "ee"}],
            },
            {"role": "assistant", "content": "prefill"},
        ]
    )
    assert result.user == "three"
    assert result.before == (Turn("user", "one"), Turn("assistant", "two"))
    assert result.all == (*result.before, Turn("user", "three"), Turn("assistant", "prefill"))


def test_a_last_user_message_without_words_is_nothing_new() -> None:
    result = replay([{"role": "user", "content": "one"}, {"role": "user", "content": [{"type": "tool_result"}]}])
    assert result.user is None
    assert result.all == (Turn("user", "one"),)


def test_no_list_at_all() -> None:
    assert replay(None).user is None
    assert replay([1, None, {"role": 3}]).all == ()
