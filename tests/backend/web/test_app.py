"""Pairing, tokens, roles, Host and Origin, errors, the description."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.settings import STATUS_TOKEN_FILE
from backend.store.clients import CODE_LIFE_S
from backend.web.app import make_app
from backend.web.openapi import describe
from backend.web.pairing import FAILURES, canonical, mint, port_of
from tests.backend.conftest import CONTROL_TOKEN, LINK_TOKEN, Backend, Start
from tests.backend.wire import Chat, alerts, linked, listening, pair


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def auth(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@given(st.integers(1, 65535), st.randoms())
def test_a_code_names_its_port_and_survives_how_people_type(port: int, random: object) -> None:
    code = mint(port)
    assert port_of(code) == port
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert canonical(typed) == canonical(code)


@given(st.integers(0, 14), st.sampled_from("23456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_mistyped_code_is_noticed(place: int, letter: str) -> None:
    code = mint(8081).replace("-", "")
    wrong = code[:place] + letter + code[place + 1 :]
    assert wrong == code or canonical(wrong) is None


async def test_a_code_pairs_once(backend: Backend, session: aiohttp.ClientSession) -> None:
    async with session.post(f"{backend.api}/v1/codes", json={}, headers=auth(backend.token)) as answer:
        assert answer.status == 201
        minted = await answer.json()
    assert (minted["profile"], minted["role"]) == ("myself", "watched")
    paired = await pair(backend.api, minted["code"])
    assert (paired["profile"], paired["role"]) == ("myself", "watched")
    async with session.post(f"{backend.api}/v1/pair", json={"code": minted["code"], "name": "again"}) as answer:
        assert answer.status == 403
        assert set(await answer.json()) == {"error", "fix"}


async def test_a_code_is_good_for_ten_minutes(backend: Backend, session: aiohttp.ClientSession) -> None:
    async with session.post(f"{backend.api}/v1/codes", json={}, headers=auth(backend.token)) as answer:
        code = (await answer.json())["code"]
    now = backend.context.store.clock
    backend.context.store.clock = lambda: now() + CODE_LIFE_S + 1
    async with session.post(f"{backend.api}/v1/pair", json={"code": code, "name": "late"}) as answer:
        assert answer.status == 403


async def test_guessing_codes_is_slow(backend: Backend, session: aiohttp.ClientSession) -> None:
    for _ in range(FAILURES):
        async with session.post(f"{backend.api}/v1/pair", json={"code": mint(1), "name": "x"}) as answer:
            assert answer.status == 403
    async with session.post(f"{backend.api}/v1/pair", json={"code": mint(1), "name": "x"}) as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0


async def test_the_printed_code_is_owner_and_goes_from_the_status_when_used(
    start: Start, session: aiohttp.ClientSession
) -> None:
    async with start() as backend:
        async with session.get(f"{backend.api}/v1/profiles", headers=auth(backend.token)) as answer:
            assert [p["name"] for p in (await answer.json())["profiles"]] == ["myself"]
        async with session.get(f"{backend.api}/v1/status", headers=auth(CONTROL_TOKEN)) as answer:
            assert (await answer.json())["pairing_code"] is None


async def test_tokens_and_codes_are_hashed_at_rest(backend: Backend) -> None:
    folder = Path(backend.context.store.where).parent
    database = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"api.openai.com" not in database
    assert backend.token.encode() not in database


@pytest.mark.parametrize("path", ["/v1/alerts", "/v1/profiles", "/v1/conversations"])
async def test_strangers_are_refused(backend: Backend, session: aiohttp.ClientSession, path: str) -> None:
    for headers in ({}, auth("x" * 43), auth("")):
        async with session.get(backend.api + path, headers=headers) as answer:
            assert answer.status == 401
            assert set(await answer.json()) == {"error", "fix"}


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example"]
)
async def test_other_host_names_are_refused(backend: Backend, session: aiohttp.ClientSession, host: str) -> None:
    async with session.get(f"{backend.api}/v1/status", headers={"Host": host}) as answer:
        assert answer.status == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://chatgpt.com", 403),
        ("null", 403),
        ("http://127.0.0.1:1", 403),
        ("chrome-extension://abcdefghijklmnop", 200),
        ("moz-extension://1c6f9d2e", 200),
        (None, 200),
    ],
)
async def test_web_pages_are_refused(
    backend: Backend, session: aiohttp.ClientSession, origin: str | None, status: int
) -> None:
    headers = {"Origin": origin} if origin else {}
    async with session.get(f"{backend.api}/v1/status", headers=headers) as answer:
        assert answer.status == status
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        allowed = answer.headers.get("Access-Control-Allow-Origin")
        assert allowed == (origin if origin and status == 200 else None)
    for path in ("/v1/feed", "/v1/capture"):
        if status == 403:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(backend.api + path, headers=headers)


async def test_an_extension_may_ask_before_it_posts(backend: Backend, session: aiohttp.ClientSession) -> None:
    headers = {"Origin": "chrome-extension://abc", "Access-Control-Request-Method": "POST"}
    async with session.options(f"{backend.api}/v1/pair", headers=headers) as answer:
        assert answer.status == 204
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"]


async def test_bad_bodies_are_explained(backend: Backend, session: aiohttp.ClientSession) -> None:
    for body in (b"{", b"[]", b'{"name": "x"}', b"\xff"):
        async with session.post(f"{backend.api}/v1/pair", data=body) as answer:
            assert answer.status == 400
            assert set(await answer.json()) == {"error", "fix"}
    async with session.post(f"{backend.api}/v1/pair", data=b"x" * 100_000) as answer:
        assert answer.status == 413
    async with session.get(f"{backend.api}/v1/nothing") as answer:
        assert answer.status == 404
        assert set(await answer.json()) == {"error", "fix"}
    async with session.get(f"{backend.api}/v1/alerts?since=-1", headers=auth(backend.token)) as answer:
        assert answer.status == 400


async def test_status_says_more_to_those_who_are_paired(backend: Backend, session: aiohttp.ClientSession) -> None:
    told = {"proxy": "127.0.0.1:8080", "ca": "/ca.pem", "pids": {"proxy": 1, "backend": 2}}
    async with session.post(f"{backend.api}/internal/status", json=told, headers=auth(backend.token)) as answer:
        assert answer.status == 401
    async with session.post(f"{backend.api}/internal/status", json=told, headers=auth(CONTROL_TOKEN)) as answer:
        assert answer.status == 204
    async with session.get(f"{backend.api}/v1/status") as answer:
        public = await answer.json()
    assert {key: public[key] for key in told} == told
    assert public["ready"] is True
    assert (public["link"], public["protected"]) == ("down", False)
    assert public["reasons"]
    assert not {"not_scored", "capture", "pairing_code", "misses"} & public.keys()
    assert public["paired"] is True
    async with (
        linked(backend.api, LINK_TOKEN),
        session.get(f"{backend.api}/v1/status", headers=auth(backend.token)) as answer,
    ):
        own = await answer.json()
    assert (own["link"], own["protected"], own["reasons"]) == ("up", True, [])
    assert own["not_scored"] == []
    async with session.get(f"{backend.api}/proxy.pac") as answer:
        pac = await answer.text()
    assert '"PROXY 127.0.0.1:8080; DIRECT"' in pac
    assert "chatgpt.com" in pac


async def test_the_same_users_command_sees_hosts_and_strangers_do_not(
    backend: Backend, session: aiohttp.ClientSession
) -> None:
    backend.context.status.note_notice("tls_refused", "replika.com", "")
    path = Path(backend.context.store.where).parent / STATUS_TOKEN_FILE
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o600
    async with session.get(f"{backend.api}/v1/status", headers=auth(path.read_text())) as answer:
        text = await answer.text()
        assert "replika.com" in text
        assert json.loads(text)["pairing_code"] is None
    async with session.get(f"{backend.api}/v1/status") as answer:
        assert "replika.com" not in await answer.text()
    async with session.get(f"{backend.api}/v1/alerts", headers=auth(path.read_text())) as answer:
        assert answer.status == 401


async def test_only_an_owner_invites_others(backend: Backend, session: aiohttp.ClientSession) -> None:
    async with session.post(
        f"{backend.api}/v1/codes", json={"role": "guardian"}, headers=auth(backend.token)
    ) as answer:
        guardian = await pair(backend.api, (await answer.json())["code"])
    for body, status in (({"role": "owner"}, 403), ({"role": "guardian"}, 201)):
        async with session.post(f"{backend.api}/v1/codes", json=body, headers=auth(guardian["token"])) as answer:
            assert answer.status == status
    async with session.post(
        f"{backend.api}/v1/codes", json={"profile": "nobody"}, headers=auth(backend.token)
    ) as answer:
        assert answer.status == 404


async def test_a_guardian_sees_that_and_what_kind_not_what(backend: Backend, session: aiohttp.ClientSession) -> None:
    async with session.post(
        f"{backend.api}/v1/codes", json={"role": "guardian"}, headers=auth(backend.token)
    ) as answer:
        guardian = await pair(backend.api, (await answer.json())["code"])
    chat = Chat("x1", [("user", "hi there")], ["Some secrecy is wanted here."])
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, guardian["token"]) as feed:
        await feed.next("status")
        await link.send(chat.frames())
        await link.until_done("x1")
        events = await feed.quiet()
    assert not [event for event in events if event["type"] == "score"]
    [alert] = alerts(events)
    assert alert["rule"] == "secrecy"
    assert "secrecy is wanted" not in json.dumps(alert)
    async with session.get(f"{backend.api}/v1/alerts", headers=auth(guardian["token"])) as answer:
        assert "secrecy is wanted" not in await answer.text()
    path = f"{backend.api}/v1/alerts/{alert['alert_id']}/dismiss"
    async with session.post(path, headers=auth(guardian["token"])) as answer:
        assert answer.status == 403


async def test_dismissing_takes_an_alert_back(backend: Backend, session: aiohttp.ClientSession) -> None:
    chat = Chat("x1", [("user", "hi there")], ["Some secrecy is wanted here."])
    async with linked(backend.api, LINK_TOKEN) as link, listening(backend.api, backend.token) as feed:
        await link.send(chat.frames())
        alert = (await feed.next("alert"))["alert"]
        path = f"{backend.api}/v1/alerts/{alert['alert_id']}/dismiss"
        for first in (True, False):
            async with session.post(path, headers=auth(backend.token)) as answer:
                assert (await answer.json())["retracted"] is first
        assert (await feed.next("retract"))["reason"] == "dismissed"
    async with session.get(f"{backend.api}/v1/alerts", headers=auth(backend.token)) as answer:
        [kept] = (await answer.json())["alerts"]
    assert kept["retracted"] == "dismissed"
    async with session.post(f"{backend.api}/v1/alerts/nothing/dismiss", headers=auth(backend.token)) as answer:
        assert answer.status == 404


async def test_conversations_show_their_trend(backend: Backend, session: aiohttp.ClientSession) -> None:
    chat = Chat("x1", [("user", "hi there")], ["Some secrecy is wanted here."])
    async with linked(backend.api, LINK_TOKEN) as link:
        await link.send(chat.frames())
        await link.until_done("x1")
    async with session.get(f"{backend.api}/v1/conversations", headers=auth(backend.token)) as answer:
        [found] = (await answer.json())["conversations"]
    assert (found["messages"], found["alerts"], found["host"]) == (2, 1, "api.openai.com")
    [trend] = found["trend"]
    assert trend["turns"] == 2
    assert 0 < trend["values"]["secrecy"] < 1


async def test_every_public_route_is_described(backend: Backend, session: aiohttp.ClientSession) -> None:
    app = make_app(backend.context)
    served = {
        (route.method.lower(), route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    described = {(method, path) for path, methods in describe("1")["paths"].items() for method in methods}
    hidden = {("get", "/internal/link"), ("post", "/internal/status"), ("get", "/v1/openapi.json")}
    assert served - hidden == described
    async with session.get(f"{backend.api}/v1/openapi.json") as answer:
        text = await answer.text()
    description = json.loads(text)
    for reference in set(web_references(description)):
        assert reference.removeprefix("#/components/schemas/") in description["components"]["schemas"]


def web_references(node: object) -> list[str]:
    if isinstance(node, dict):
        here = [node["$ref"]] if "$ref" in node else []
        return here + [found for value in node.values() for found in web_references(value)]
    if isinstance(node, list):
        return [found for value in node for found in web_references(value)]
    return []


async def test_the_link_is_for_the_proxy_only(backend: Backend, session: aiohttp.ClientSession) -> None:
    for headers in ({}, auth("wrong-token-000000"), auth(LINK_TOKEN) | {"Origin": "chrome-extension://abc"}):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{backend.api}/internal/link", headers=headers)
    async with session.ws_connect(f"{backend.api}/internal/link", headers=auth(LINK_TOKEN)) as socket:
        await socket.send_bytes(b"not msgpack")
        assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
