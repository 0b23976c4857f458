"""Drafts, what is told and in which order."""

from proxy.dialects.transcript import Transcript


def test_only_changes_are_told() -> None:
    transcript = Transcript("x")
    draft = transcript.draft("a", "assistant")
    assert transcript.changed() == []
    draft.think("hidden")
    assert transcript.changed() == []
    draft.append("Hi")
    (message,) = transcript.changed()
    assert (message.text, message.reasoning, message.final, message.slot) == ("Hi", "hidden", False, "a")
    draft.assign("Hi")
    draft.set(final=False, message_id=None)
    assert transcript.changed() == []
    draft.set(final=True, message_id="m")
    (message,) = transcript.changed()
    assert (message.final, message.message_id) == (True, "m")


def test_a_told_message_that_loses_its_text_is_told_again() -> None:
    transcript = Transcript("x")
    draft = transcript.draft("a", "assistant")
    draft.append("Hi")
    transcript.changed()
    draft.assign("")
    assert [message.text for message in transcript.changed()] == [""]
    assert transcript.messages() == []


def test_a_late_conversation_id_reaches_earlier_messages() -> None:
    transcript = Transcript("x")
    transcript.draft("u", "user").append("Hi")
    transcript.draft("o", "user", conversation_id="other").append("Ho")
    transcript.changed()
    transcript.name_conversation("c", persona="p")
    transcript.name_conversation(None)
    assert {m.slot: (m.conversation_id, m.persona) for m in transcript.messages()} == {
        "u": ("c", "p"),
        "o": ("other", "p"),
    }
    assert transcript.draft("a", "assistant").conversation_id == "c"


def test_old_messages_come_first_and_by_time() -> None:
    transcript = Transcript("x")
    for slot, when in (("live", ""), ("late", "2"), ("early", "1")):
        draft = transcript.draft(slot, "assistant")
        draft.when = when
        draft.append(slot)
    assert [message.slot for message in transcript.messages()] == ["early", "late", "live"]


def test_versions_count_revisions_of_finished_text() -> None:
    draft = Transcript("x").draft("a", "assistant")
    draft.assign("One", revise=True)
    draft.assign("Two", revise=True)
    assert draft.version == 0
    draft.set(final=True)
    draft.assign("Two more", revise=True)
    assert draft.version == 0
    draft.assign("Three", revise=True)
    assert draft.version == 1
    draft.assign("Four")
    assert draft.version == 1


def test_signals_are_copied_into_the_message() -> None:
    transcript = Transcript("x")
    draft = transcript.draft("u", "user")
    draft.append("Hi")
    draft.signal("nsfw", "true")
    (before,) = transcript.changed()
    draft.signal("nsfw", "false")
    (after,) = transcript.changed()
    assert (before.signals, after.signals) == ({"nsfw": "true"}, {"nsfw": "false"})
