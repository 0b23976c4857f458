"""The OpenAPI description, generated from the table of routes and the models."""

from typing import Any

from pydantic.json_schema import models_json_schema

from backend.web.models import Failure
from backend.web.routes import ROUTES, Route

TEMPLATE = "#/components/schemas/{model}"


def describe(version: str) -> dict[str, Any]:
    """The whole description as JSON-ready values."""
    models = {Failure: None} | {m: None for route in ROUTES for m in (route.request, route.response) if m is not None}
    _, schemas = models_json_schema([(model, "serialization") for model in models], ref_template=TEMPLATE)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Groundwire",
            "version": version,
            "description": "Loopback only. WebSockets are described in docs/architecture.md.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"client": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    good: dict[str, Any] = {"description": route.summary}
    if route.response is not None:
        good["content"] = {"application/json": {"schema": _ref(route.response.__name__)}}
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": route.handler.__name__,
        "responses": {
            str(route.status): good,
            "default": {
                "description": "What is wrong and what to do.",
                "content": {"application/json": {"schema": _ref("Failure")}},
            },
        },
        "parameters": [
            {"name": name, "in": place, "required": place == "path", "schema": {"type": kind}, "description": text}
            for name, place, kind, text in route.parameters
        ],
    }
    if route.request is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _ref(route.request.__name__)}},
        }
    if route.needs_token:
        operation["security"] = [{"client": []}]
    return operation


def _ref(name: str) -> dict[str, str]:
    return {"$ref": TEMPLATE.format(model=name)}
