"""What of an event a client may see: quotes are the watched person's own, a guardian sees which kind, not what."""

from typing import Any

from backend.store.records import Client

OWN = ("watched", "owner")


def alert_for(client: Client, alert: dict[str, Any]) -> dict[str, Any]:
    """An alert as this client may see it."""
    if client.role in OWN:
        return alert
    return {**alert, "quote": "", "span": {"start": 0, "end": 0}, "exchange": {**alert["exchange"], "path": "/"}}


def event_for(client: Client, body: dict[str, Any]) -> dict[str, Any] | None:
    """A feed event as this client may see it, None when not at all."""
    if body["type"] == "alert":
        return {**body, "alert": alert_for(client, body["alert"])}
    if body["type"] == "score" and client.role not in OWN:
        return None
    return body
