"""Every public route, once: the application and its description are both made from this table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel

from backend.web import api, models
from backend.web.capture import capture
from backend.web.feed import feed
from backend.web.pac import proxy_pac


@dataclass(frozen=True, slots=True)
class Route:
    """parameters: (name, path or query, JSON type, meaning)."""

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    summary: str
    request: type[BaseModel] | None = None
    response: type[BaseModel] | None = None
    needs_token: bool = True
    status: int = 200
    parameters: tuple[tuple[str, str, str, str], ...] = ()


_SINCE = ("since", "query", "integer", "Only what has a higher sequence number.")
_ALERT = ("alert_id", "path", "string", "The alert.")

ROUTES: tuple[Route, ...] = (
    Route(
        "POST", "/v1/pair", api.pair, "Exchange a pairing code for a token.",
        models.PairRequest, models.PairResponse, needs_token=False,
    ),
    Route(
        "GET", "/v1/status", api.status, "What runs and what is read.",
        response=models.Status, needs_token=False,
    ),
    Route("GET", "/v1/alerts", api.alerts, "Kept alerts, oldest first.", response=models.Alerts, parameters=(_SINCE,)),
    Route(
        "POST", "/v1/alerts/{alert_id}/dismiss", api.dismiss, "This was not a problem.",
        response=models.Dismissed, parameters=(_ALERT,),
    ),
    Route("POST", "/v1/codes", api.codes, "Mint a pairing code.", models.CodeRequest, models.CodeResponse, status=201),
    Route("GET", "/v1/profiles", api.profiles, "Profiles that the caller may see.", response=models.Profiles),
    Route(
        "GET", "/v1/conversations", api.conversation_list, "Conversations and their trends, newest first.",
        response=models.ConversationList,
    ),
    Route("GET", "/v1/feed", feed, "WebSocket: events after `since`, then live.", needs_token=False, status=101),
    Route("GET", "/v1/capture", capture, "WebSocket: chats read in the page.", needs_token=False, status=101),
    Route("GET", "/proxy.pac", proxy_pac, "Proxy auto-configuration for the chat hosts.", needs_token=False),
)  # fmt: skip
