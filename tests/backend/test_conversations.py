"""Which conversation a request belongs to, and ids that are the same after a replay."""

import asyncio
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from backend.conversations import Conversations, Placed, Thread
from backend.store.keys import InstallKey
from backend.store.records import ChainEnd
from proxy.exchange import ExchangeMeta
from proxy.message import Message, Turn

KEY = InstallKey(bytes(32))
Talk = list[tuple[str, str]]


@dataclass
class Nothing:
    """Nothing is known from before."""

    chains: dict[bytes, ChainEnd] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    async def chain_end(self, profile: str, chain: bytes) -> ChainEnd | None:
        return self.chains.get(chain)

    async def conversation_exists(self, profile: str, service: str, conversation_id: str) -> bool:
        return conversation_id in self.names


def meta(
    exchange_id: str, host: str = "api.openai.com", kind: str = "http", path: str = "/v1/chat/completions"
) -> ExchangeMeta:
    return ExchangeMeta(
        exchange_id=exchange_id,
        kind=kind,
        method="POST",
        scheme="https",
        host=host,
        port=443,
        path=path,  # type: ignore[arg-type]
    )


def turn(role: str, text: str) -> Turn:
    return Turn(role, text)  # type: ignore[arg-type]


def user(talk: Talk, **more: object) -> Message:
    return Message(
        service="openai_api",
        role="user",
        text=talk[-1][1],
        slot="u",
        history=tuple(turn(*t) for t in talk[:-1]),
        **more,  # type: ignore[arg-type]
    )


def answer(talk: Talk, text: str, **more: object) -> Message:
    return Message(
        service="openai_api",
        role="assistant",
        text=text,
        slot="a",
        history=tuple(turn(*t) for t in talk),
        **more,  # type: ignore[arg-type]
    )


def say(
    known: Conversations,
    talk: Talk,
    reply: str,
    exchange_id: str,
    profile: str = "myself",
    host: str = "api.openai.com",
    lookup: Nothing | None = None,
    answered: bool = True,
) -> tuple[Placed, Placed]:
    """One request and its answer, as an exchange run would place and close them."""

    async def run() -> tuple[Placed, Placed]:
        thread, past = Thread(meta(exchange_id, host), profile), lookup or Nothing()
        asked = await known.place(thread, user(talk), past)
        assert asked.chain is not None
        assert asked.position is not None
        known.note_chain(asked.conversation, asked.chain, asked.position)
        replied = await known.place(thread, answer(talk, reply), past)
        assert replied.chain is not None
        assert replied.position is not None
        if answered:
            known.note_chain(
                replied.conversation, known.chain(replied.chain, [Turn("assistant", reply)]), replied.position
            )
        return asked, replied

    return asyncio.run(run())


def test_a_growing_talk_is_one_conversation() -> None:
    known, talk, seen = Conversations(KEY), [], []
    for number in range(5):
        talk.append(("user", f"question {number}"))
        seen += say(known, talk, f"answer {number}", f"x{number}")
        talk.append(("assistant", f"answer {number}"))
    assert len({placed.conversation.conversation_id for placed in seen}) == 1
    assert [placed.position for placed in seen] == list(range(10))
    assert len({placed.key.message_id for placed in seen}) == 10


def test_people_and_services_that_begin_alike_do_not_meet() -> None:
    known, talk = Conversations(KEY), [("user", "hi")]
    ids = {
        say(known, talk, "hello", "x1")[0].conversation.conversation_id,
        say(known, talk, "hello", "x2")[0].conversation.conversation_id,
        say(known, talk, "hello", "x3", profile="child")[0].conversation.conversation_id,
        say(known, talk, "hello", "x4", host="api.other.example")[0].conversation.conversation_id,
        say(Conversations(InstallKey(b"\1" * 32)), talk, "hello", "x1")[0].conversation.conversation_id,
    }
    assert len(ids) == 5
    assert all(name.startswith("~") for name in ids)


def test_a_client_that_tries_again_stays_in_its_conversation() -> None:
    known, talk = Conversations(KEY), [("user", "hi")]
    first, _ = say(known, talk, "", "x1", answered=False)
    again, _ = say(known, talk, "hello", "x2")
    assert again.key == first.key


def test_regenerating_keeps_the_conversation_and_the_place() -> None:
    known, talk = Conversations(KEY), [("user", "hi")]
    say(known, talk, "hello", "x1")
    talk += [("assistant", "hello"), ("user", "more")]
    asked, replied = say(known, talk, "first answer", "x2")
    asked_again, replied_again = say(known, talk, "second answer", "x3")
    assert (asked.key, replied.key) == (asked_again.key, replied_again.key)


def test_an_edited_turn_is_a_branch_that_keeps_the_trend() -> None:
    known, talk = Conversations(KEY), [("user", "hi")]
    first, _ = say(known, talk, "hello", "x1")
    first.conversation.signals["age"] = "13"
    more = [*talk, ("assistant", "hello")]
    say(known, [*more, ("user", "one way")], "yes", "x2")
    branch, _ = say(known, [*more, ("user", "another way")], "no", "x3")
    assert branch.conversation.conversation_id != first.conversation.conversation_id
    assert branch.conversation.signals == {"age": "13"}
    assert branch.position == 2
    on, _ = say(known, [*more, ("user", "another way"), ("assistant", "no"), ("user", "go on")], "ok", "x4")
    assert on.conversation is branch.conversation


def test_a_talk_that_began_before_is_joined_where_it_stands() -> None:
    talk = [("user", "a"), ("assistant", "b"), ("user", "c")]
    asked, replied = say(Conversations(KEY), talk, "d", "x1")
    assert (asked.position, replied.position) == (2, 3)


def test_a_client_that_drops_the_oldest_turns_stays_in_its_conversation() -> None:
    known, talk, ids = Conversations(KEY), [], []
    for number in range(8):
        talk.append(("user", f"question number {number}, with some words in it to tell it apart"))
        reply = f"answer number {number}, with some words in it to tell it apart"
        asked, replied = say(known, talk[-5:], reply, f"x{number}")
        talk.append(("assistant", reply))
        assert replied.position is not None
        known.note_tail(replied.conversation, [turn(*t) for t in talk], replied.position)
        ids.append(asked.conversation.conversation_id)
        assert asked.position == 2 * number
        if number:
            again, _ = say(known, talk[:-1][-5:], reply, f"again{number}")
            assert again.key == asked.key
    assert len(set(ids)) == 1


def test_white_space_that_clients_trim_does_not_matter() -> None:
    known = Conversations(KEY)
    first, _ = say(known, [("user", "hi")], " Hello,\n\nyou. ", "x1")
    then, _ = say(known, [("user", "hi"), ("assistant", "Hello, you."), ("user", "x")], "y", "x2")
    assert then.conversation is first.conversation


def test_after_a_restart_the_store_knows_where_a_talk_stood() -> None:
    before, after, past = Conversations(KEY), Conversations(KEY), Nothing()
    asked, replied = say(before, [("user", "hi")], "hello", "x1")
    assert replied.chain is not None
    chain = before.chain(replied.chain, [Turn("assistant", "hello")])
    past.chains[chain] = ChainEnd("openai_api", asked.conversation.conversation_id, 1, tip=True)
    past.names.add(asked.conversation.conversation_id)
    then, _ = say(after, [("user", "hi"), ("assistant", "hello"), ("user", "x")], "y", "x2", lookup=past)
    assert then.conversation.conversation_id == asked.conversation.conversation_id
    assert then.position == 2
    replay, _ = say(after, [("user", "hi")], "hello", "x1", lookup=past)
    assert replay.key == asked.key


def test_the_wires_own_ids_are_kept_verbatim() -> None:
    async def run() -> Placed:
        message = answer([], "hello", conversation_id="conv/1", message_id="msg-1", choice=2)
        return await Conversations(KEY).place(Thread(meta("x1"), "myself"), message, Nothing())

    placed = asyncio.run(run())
    assert (placed.key.conversation_id, placed.key.message_id, placed.key.choice) == ("conv/1", "msg-1", 2)
    assert placed.position is None


def test_an_id_that_comes_late_takes_the_derived_one_along() -> None:
    async def run() -> tuple[Placed, Placed]:
        known, thread = Conversations(KEY), Thread(meta("x1"), "myself")
        first = await known.place(thread, user([("user", "hi")]), Nothing())
        first.conversation.remember(first.key.message_id, 0, Turn("user", "hi"))
        return first, await known.place(thread, answer([], "hello", conversation_id="c1"), Nothing())

    first, second = asyncio.run(run())
    assert second.renamed_from == first.conversation.conversation_id
    assert second.conversation.turns_before("new") == [Turn("user", "hi")]


def test_a_service_without_ids_or_history_has_one_conversation_an_address() -> None:
    async def run(path: str) -> str:
        message = user([("user", "hi")], confidence="low")
        placed = await Conversations(KEY).place(Thread(meta("x", path=path), "myself"), message, Nothing())
        assert placed.position is None
        return placed.conversation.conversation_id

    a, again, b = (asyncio.run(run(path)) for path in ("/chat/1?token=a", "/chat/1?token=b", "/chat/2"))
    assert a == again != b


WORDS = st.text(st.sampled_from("ab "), min_size=1, max_size=3)
TALKS = st.lists(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4), min_size=1, max_size=4)


@given(TALKS)
def test_replaying_every_exchange_gives_the_same_ids(talks: list[list[tuple[str, str]]]) -> None:
    """Whatever is said: the same exchanges in the same order give the same identities, in a new process too."""

    def play(known: Conversations, past: Nothing) -> list[tuple[object, object]]:
        found = []
        for number, pairs in enumerate(talks):
            talk: Talk = []
            for step, (question, reply) in enumerate(pairs):
                talk.append(("user", question))
                placed = say(known, talk, reply, f"{number}.{step}", lookup=past)
                past.names.add(placed[0].conversation.conversation_id)
                found.append((placed[0].key, placed[1].key))
                talk.append(("assistant", reply))
        return found

    known, past = Conversations(KEY), Nothing()
    first = play(known, past)
    assert play(Conversations(KEY), Nothing()) == first
    assert play(known, past) == first


@given(st.lists(st.tuples(WORDS, WORDS), min_size=2, max_size=5))
def test_no_two_messages_of_a_talk_share_an_id(pairs: list[tuple[str, str]]) -> None:
    known, talk, keys = Conversations(KEY), [], []
    for step, (question, reply) in enumerate(pairs):
        talk.append(("user", question))
        keys += [placed.key for placed in say(known, talk, reply, str(step))]
        talk.append(("assistant", reply))
    assert len(set(keys)) == 2 * len(pairs)


def test_memory_is_bounded() -> None:
    known = Conversations(KEY, limit=3)
    for number in range(10):
        found = known.get("myself", "s", str(number), "h")
        for message in range(100):
            found.remember(str(message), 0, Turn("user", "x"))
        assert len(found.turns) <= 24
    assert len(known._known) == 3


def test_forgetting_a_profile_drops_what_memory_holds() -> None:
    known = Conversations(KEY)
    known.get("child", "s", "c", "h").signals["age"] = "9"
    known.note_judged(b"mark")
    known.forget("child")
    assert known.get("child", "s", "c", "h").signals == {}
    assert not known.was_judged(b"mark")
