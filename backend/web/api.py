"""The HTTP calls under `/v1` and the supervisor's under `/internal`."""

import json
from collections.abc import Collection

from aiohttp import web
from pydantic import BaseModel, ValidationError

from backend.policy.alert import Alert
from backend.policy.profile import Profile
from backend.settings import SELFTEST_PROFILE
from backend.store.clients import add_code, has_clients, redeem
from backend.store.events import alerts_after, conversations
from backend.store.records import Client
from backend.web.context import CONTEXT, Context, Refused, bearer, is_control, is_own_user, need_client, need_control
from backend.web.models import (
    Alerts,
    CodeRequest,
    CodeResponse,
    ConversationList,
    ConversationSummary,
    Dismissed,
    KeptAlert,
    PairRequest,
    PairResponse,
    Profiles,
    Status,
    SupervisorStatus,
    Trend,
)
from backend.web.pairing import canonical, mint
from backend.web.view import alert_for
from classifiers.trend import TrendState

PAGE = 200
PRIVATE = ("capture", "not_scored", "misses", "latency", "pairing_code")
"""Fields of the status that only those with a token see."""


def answer(model: BaseModel, status: int = 200, hide: Collection[str] = ()) -> web.Response:
    """A model as JSON without the fields in `hide`. Never kept by a cache."""
    return web.Response(
        text=model.model_dump_json(exclude=set(hide)),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


async def body_of[M: BaseModel](request: web.Request, kind: type[M]) -> M:
    """The request's JSON body. Raises Refused when it is not what the interface says."""
    try:
        return kind.model_validate_json(await request.read() or b"{}")
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise Refused(400, f"{where}: {first['msg']}", "Send JSON as described in /v1/openapi.json.") from None


async def make_code(context: Context, profile: str, role: str) -> tuple[str, float]:
    """Mint a pairing code and remember it."""
    code = mint(context.port)
    spelled = canonical(code)
    assert spelled is not None
    return code, await context.writer(add_code, context.store, spelled, profile, role)


async def pair(request: web.Request) -> web.Response:
    """Exchange a pairing code for a token."""
    context = request.app[CONTEXT]
    wait = context.attempts.wait_s()
    if wait > 0:
        raise Refused(
            429, "Too many wrong codes.", f"Wait {int(wait) + 1} seconds.", {"Retry-After": str(int(wait) + 1)}
        )
    asked = await body_of(request, PairRequest)
    code = canonical(asked.code)
    paired = None if code is None else await context.writer(redeem, context.store, code, asked.name)
    if paired is None:
        context.attempts.failed()
        raise Refused(
            403, "This code is wrong, used or older than ten minutes.", "Ask for a new code: groundwire shows it."
        )
    client, token = paired
    if context.code is not None and canonical(context.code) == code:
        context.code = None
    return answer(
        PairResponse.model_validate(
            {"token": token, "client": client.client, "profile": client.profile, "role": client.role}
        )
    )


async def status(request: web.Request) -> web.Response:
    """What runs and what is read. Chats are only named to paired clients."""
    context = request.app[CONTEXT]
    token = bearer(request)
    client: Client | None = None
    if token and not is_control(context, token) and not is_own_user(context, token):
        client = await need_client(request)
    default = context.profiles.default
    profile = client.profile if client else default.name if token else None
    language = context.profiles.get(profile).language
    report = Status.model_validate(context.status.report(profile, language))
    if is_control(context, token):
        report.pairing_code = context.code
    report.paired = await context.writer(has_clients, context.store, default.name)
    return answer(report, hide=() if token else PRIVATE)


async def alerts(request: web.Request) -> web.Response:
    """Kept alerts of the caller's profile, oldest first."""
    client = await need_client(request)
    since = _since(request)
    context = request.app[CONTEXT]
    found = await context.writer(alerts_after, context.store, client.profile, since, PAGE)
    kept = [
        KeptAlert.model_validate({**row, "alert": Alert.model_validate(alert_for(client, _mapping(row["alert"])))})
        for row in found
    ]
    return answer(Alerts(alerts=kept, next=kept[-1].seq if len(kept) == PAGE else None))


async def dismiss(request: web.Request) -> web.Response:
    """The person says: this was not a problem."""
    client = await need_client(request)
    if client.role == "guardian":
        raise Refused(403, "A guardian cannot dismiss another person's warning.", "The person can do so.")
    context = request.app[CONTEXT]
    alert_id = request.match_info["alert_id"]
    events = await context.writer(context.store.dismiss, client.profile, alert_id)
    if events is None:
        raise Refused(404, "There is no such warning.", "It may have been deleted by age.")
    for event in events:
        context.hub.publish(event)
    return answer(Dismissed(alert_id=alert_id, retracted=bool(events)))


async def codes(request: web.Request) -> web.Response:
    """Mint a pairing code: an owner for any profile, anybody else only for a further client of its own kind."""
    context = request.app[CONTEXT]
    asked = await body_of(request, CodeRequest)
    token = bearer(request)
    if token and is_control(context, token):
        profile = asked.profile or context.profiles.default.name
    else:
        client = await need_client(request)
        profile = asked.profile or client.profile
        if client.role != "owner" and (profile != client.profile or asked.role != client.role):
            raise Refused(403, "Only an owner may invite others.", "Ask the owner of this installation.")
    if profile != SELFTEST_PROFILE and context.profiles.get(profile).name != profile:
        raise Refused(404, f"There is no profile {profile!r}.", "See /v1/profiles for those that exist.")
    code, expires = await make_code(context, profile, asked.role)
    return answer(
        CodeResponse.model_validate({"code": code, "profile": profile, "role": asked.role, "t_expires": expires}), 201
    )


async def profiles(request: web.Request) -> web.Response:
    """An owner sees every profile, others their own."""
    client = await need_client(request)
    book = request.app[CONTEXT].profiles
    own = book.get(client.profile)
    others: list[Profile] = [p for p in book.all() if p.name != own.name] if client.role == "owner" else []
    return answer(Profiles(profiles=[own, *others]))


async def conversation_list(request: web.Request) -> web.Response:
    """Conversations of the caller's profile with their trends. A guardian does not see how the person writes."""
    client = await need_client(request)
    context = request.app[CONTEXT]
    rows = await context.writer(conversations, context.store, client.profile)
    return answer(ConversationList(conversations=[_summary(row, client) for row in rows]))


async def supervisor_status(request: web.Request) -> web.Response:
    """The supervisor says where the proxy listens and which processes run."""
    need_control(request)
    told = await body_of(request, SupervisorStatus)
    request.app[CONTEXT].status.set_supervisor(told.proxy, told.ca, told.pids, told.listen)
    return web.Response(status=204)


def _summary(row: dict[str, object], client: Client) -> ConversationSummary:
    trends = []
    for kept in row["trend"] if isinstance(row["trend"], list) else []:
        try:
            reading = TrendState.from_json(json.dumps(kept["state"])).reading
        except ValueError:
            continue
        hidden = {"user_drift"} if client.role == "guardian" else set()
        trends.append(
            Trend(
                model=kept["model"],
                values={label: value for label, value in reading.values.items() if label not in hidden},
                raised=[label for label in reading.raised if label not in hidden],
                turns=reading.turns,
            )
        )
    return ConversationSummary.model_validate({**row, "trend": trends})


def _mapping(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


def _since(request: web.Request) -> int:
    text = request.query.get("since", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Refused(400, "since: must be a sequence number.", "Leave it out to start at the oldest.")
    return int(text)
