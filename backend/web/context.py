"""What the handlers work with, and who is asking."""

import hmac
from dataclasses import dataclass, field

from aiohttp import web

from backend.pipeline import Pipeline
from backend.policy.profile import ProfileBook
from backend.status import StatusBoard
from backend.store.clients import client_of
from backend.store.database import Writer
from backend.store.errors import StoreError
from backend.store.records import Client
from backend.store.store import Store
from backend.web.feed_hub import FeedHub
from backend.web.pairing import Attempts


@dataclass(slots=True)
class Context:
    """One running backend. port: the API's. code: the pairing code that was printed at the start."""

    store: Store
    writer: Writer
    profiles: ProfileBook
    status: StatusBoard
    hub: FeedHub
    pipeline: Pipeline
    link_token: str
    control_token: str
    port: int = 0
    code: str | None = None
    status_token: str | None = None
    """Readable by this user of the machine only (a file in the data folder): shows the whole status."""
    attempts: Attempts = field(default_factory=Attempts)


CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)


class Refused(Exception):
    """An answer that says what is wrong and what to do."""

    def __init__(self, status: int, error: str, fix: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.fix = fix
        self.headers = headers or {}


def is_control(context: Context, token: str) -> bool:
    """Is this the supervisor?"""
    return hmac.compare_digest(token.encode(), context.control_token.encode())


def is_own_user(context: Context, token: str) -> bool:
    """Is this the `groundwire` command of the user whose data folder this is?"""
    return context.status_token is not None and hmac.compare_digest(token.encode(), context.status_token.encode())


async def client_by_token(context: Context, token: str) -> Client | None:
    """The paired client that holds this token. Raises Refused when the database cannot say."""
    if not token or len(token) > 256:
        return None
    try:
        return await context.writer(client_of, context.store, token)
    except StoreError as problem:
        raise Refused(503, problem.reason, problem.fix) from None


def bearer(request: web.Request) -> str:
    """The token of the Authorization header, or an empty string."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def need_client(request: web.Request) -> Client:
    """Who asks. Raises Refused for strangers."""
    found = await client_by_token(request.app[CONTEXT], bearer(request))
    if found is None:
        raise Refused(401, "This client is not paired.", "Pair it with a code first.", {"WWW-Authenticate": "Bearer"})
    return found


def need_control(request: web.Request) -> None:
    """Only the supervisor passes."""
    if not is_control(request.app[CONTEXT], bearer(request)):
        raise Refused(401, "Only the supervisor may do this.", "Use the groundwire command.")
