"""The warning that a person sees."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.policy.catalogue import sentences
from backend.policy.helplines import Resource, lines_for
from backend.policy.profile import Profile
from backend.policy.verdict import Delivery, Severity, Verdict

QUOTE_LIMIT = 300
"""Characters of the sentence that an alert may carry."""


class SpanModel(BaseModel):
    """Unicode code points in the message text, end exclusive."""

    start: int
    end: int


class ExchangeModel(BaseModel):
    """Where the bytes came from. path has no query. t_start: Unix seconds at the request head."""

    host: str
    path: str
    method: str
    t_start: float


class Alert(BaseModel):
    """conversation_id, message_id: the wire's, or derived with a `~` in front.

    quote: the sentence, empty for everybody but the person's own client. t_wire: Unix seconds of the sentence's last
    byte; t_alert: of this alert.
    """

    model_config = ConfigDict(frozen=True)

    alert_id: str
    profile: str
    service: str
    conversation_id: str
    message_id: str
    label: str
    rule: str
    severity: Severity
    delivery: Delivery
    title: str
    body: str
    why: str
    advice: list[str]
    quote: str
    span: SpanModel
    resources: list[Resource]
    exchange: ExchangeModel
    t_wire: float
    t_alert: float
    evidence: dict[str, str]

    def without_quote(self) -> str:
        """JSON for the store, which keeps the quote encrypted beside it."""
        return self.model_dump_json(exclude={"quote"})


def quote_of(text: str, verdict: Verdict) -> str:
    """The sentence behind a verdict, cut to the limit."""
    found = text[verdict.start : verdict.end].strip()
    return found if len(found) <= QUOTE_LIMIT else found[: QUOTE_LIMIT - 1] + "…"


def write_alert(
    verdict: Verdict,
    profile: Profile,
    text: str,
    *,
    alert_id: str,
    service: str,
    conversation_id: str,
    message_id: str,
    exchange: ExchangeModel,
    t_wire: float,
    t_alert: float,
) -> Alert:
    """Put a verdict into the words of the profile's language."""
    words = sentences(profile.language, verdict.rule, verdict.label)
    fields: dict[str, Any] = {
        "title": words.title,
        "body": words.body,
        "why": words.why,
        "advice": list(words.advice),
        "resources": lines_for(profile.country) if words.resources else [],
    }
    return Alert(
        alert_id=alert_id,
        profile=profile.name,
        service=service,
        conversation_id=conversation_id,
        message_id=message_id,
        label=verdict.label,
        rule=verdict.rule,
        severity=verdict.severity,
        delivery=verdict.delivery,
        quote=quote_of(text, verdict),
        span=SpanModel(start=verdict.start, end=verdict.end),
        exchange=exchange,
        t_wire=t_wire,
        t_alert=t_alert,
        evidence=dict(verdict.evidence),
        **fields,
    )
