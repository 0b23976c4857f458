"""Who may talk to this server. A web page must not reach it, by its own name (DNS rebinding) or across origins."""

import json
import logging
import time
import traceback
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from backend.store.errors import StoreError
from backend.web.context import CONTEXT, Refused

EXTENSIONS = ("chrome-extension://", "moz-extension://", "safari-web-extension://")
NAMES = ("127.0.0.1", "localhost", "[::1]")
RATE, BURST = 100.0, 400.0
"""Requests a second, and at once, of everybody together."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-site",
}

logger = logging.getLogger(__name__)


def failure(problem: Refused) -> web.Response:
    """An error as JSON."""
    text = json.dumps({"error": problem.error, "fix": problem.fix})
    return web.Response(text=text, status=problem.status, content_type="application/json", headers=problem.headers)


def check_host(host: str, port: int) -> None:
    """Only names of this machine, with our port. Raises Refused."""
    if host.lower() not in {f"{name}:{port}" for name in NAMES}:
        raise Refused(403, "This address is not served here.", f"Use http://127.0.0.1:{port}.")


def check_origin(origin: str | None, port: int) -> None:
    """No origin (a program), a browser extension, or our own pages. Raises Refused."""
    if origin is None or origin.startswith(EXTENSIONS) or origin in {f"http://{name}:{port}" for name in NAMES}:
        return
    raise Refused(403, "Web pages may not talk to Groundwire.", "Use the extension or the groundwire command.")


class Bucket:
    """So many requests a second, with some at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._level = BURST
        self._t = clock()

    def take(self) -> bool:
        """One more request; False when there are too many."""
        now = self._clock()
        self._level = min(BURST, self._level + (now - self._t) * RATE)
        self._t = now
        if self._level < 1:
            return False
        self._level -= 1
        return True


def make_guard() -> Middleware:
    """The middleware around every request."""
    bucket = Bucket()

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        port = request.app[CONTEXT].port
        origin = request.headers.get("Origin")
        try:
            check_host(request.headers.get("Host", ""), port)
            check_origin(origin, port)
            if not bucket.take():
                raise Refused(429, "Too many requests.", "Wait a second.", {"Retry-After": "1"})
            if request.method == "OPTIONS" and origin is not None:
                response: web.StreamResponse = web.Response(status=204)
            else:
                response = await handler(request)
        except Refused as problem:
            response = failure(problem)
        except StoreError as problem:
            response = failure(Refused(503, problem.reason, problem.fix))
        except web.HTTPException as problem:
            if problem.status < 400:
                raise
            fix = {404: "See /v1/openapi.json for what exists.", 413: "Send less."}.get(problem.status, "")
            response = failure(Refused(problem.status, f"{problem.reason}.", fix))
        except Exception as problem:
            last = traceback.extract_tb(problem.__traceback__)[-1]
            logger.error("%s failed: %s at %s:%s", request.path, type(problem).__name__, last.filename, last.lineno)
            response = failure(Refused(500, "Something went wrong inside Groundwire.", "The log names the place."))
        if not response.prepared:
            response.headers.update(HEADERS)
            if origin is not None and origin.startswith(EXTENSIONS):
                response.headers["Access-Control-Allow-Origin"] = origin
                response.headers["Vary"] = "Origin"
                if request.method == "OPTIONS":
                    response.headers["Access-Control-Allow-Methods"] = "GET, POST"
                    response.headers["Access-Control-Allow-Headers"] = "authorization, content-type"
                    response.headers["Access-Control-Allow-Private-Network"] = "true"
        return response

    return guard
