"""The web application: routes, guard, size limits."""

from aiohttp import web

from backend.web.api import supervisor_status
from backend.web.context import CONTEXT, Context
from backend.web.guard import make_guard
from backend.web.link import link
from backend.web.routes import ROUTES

BODY_LIMIT = 64 * 1024
VERSION = "1"


async def openapi_json(_request: web.Request) -> web.Response:
    """The description of this interface."""
    # generated on demand: it costs memory that a family never needs
    from backend.web.openapi import describe

    return web.json_response(describe(VERSION))


def make_app(context: Context) -> web.Application:
    """One application. `context.port` must be set before the first request."""
    app = web.Application(middlewares=[make_guard()], client_max_size=BODY_LIMIT)
    app[CONTEXT] = context
    for route in ROUTES:
        app.router.add_route(route.method, route.path, route.handler)
    app.router.add_get("/v1/openapi.json", openapi_json)
    app.router.add_get("/internal/link", link)
    app.router.add_post("/internal/status", supervisor_status)
    return app
