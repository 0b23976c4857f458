"""What goes over the HTTP interface; the OpenAPI description is generated from these."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.policy.alert import Alert
from backend.policy.profile import Profile

Role = Literal["watched", "guardian", "owner"]


class PairRequest(BaseModel):
    """code: as shown, hyphens and case do not matter. name: what to call this client."""

    code: str = Field(min_length=1, max_length=64)
    name: str = Field(default="client", min_length=1, max_length=128)


class PairResponse(BaseModel):
    """token: for `Authorization: Bearer`; it is shown this once."""

    token: str
    client: str
    profile: str
    role: Role


class CodeRequest(BaseModel):
    """profile: None is the caller's own."""

    profile: str | None = Field(default=None, max_length=64)
    role: Role = "watched"


class CodeResponse(BaseModel):
    """t_expires: Unix seconds."""

    code: str
    profile: str
    role: Role
    t_expires: float


class Status(BaseModel):
    """Fields after `paired` only with a token; pairing_code only for the supervisor.

    paired: the default profile has a paired client.
    """

    model_config = ConfigDict(protected_namespaces=())

    ready: bool
    proxy: str | None
    api: str
    ca: str | None
    pids: dict[str, int]
    listen: list[dict[str, Any]] = Field(default_factory=list)
    model: str | None
    link: Literal["up", "down"]
    protected: bool
    reasons: list[str]
    paired: bool = False
    pairing_code: str | None = None
    capture: dict[str, Literal["proxy", "page", "none"]] | None = None
    not_scored: list[dict[str, str]] | None = None
    misses: dict[str, dict[str, int]] | None = None
    services: list[dict[str, Any]] | None = None
    contacts: list[dict[str, Any]] | None = None
    latency: dict[str, Any] | None = None


class KeptAlert(BaseModel):
    """retracted: why it no longer applies, if so."""

    seq: int
    retracted: Literal["regenerated", "withdrawn", "rescored", "dismissed"] | None
    alert: Alert


class Alerts(BaseModel):
    """Oldest first. next: pass as `since` for the following page, None at the end."""

    alerts: list[KeptAlert]
    next: int | None


class Dismissed(BaseModel):
    """retracted: False when the alert did not apply any more already."""

    alert_id: str
    retracted: bool


class Profiles(BaseModel):
    """The profiles that the caller may see, its own first."""

    profiles: list[Profile]


class Trend(BaseModel):
    """values: label -> accumulated evidence in [0, 1]; raised: labels over their bound."""

    model_config = ConfigDict(protected_namespaces=())

    model: str
    values: dict[str, float]
    raised: list[str]
    turns: int


class ConversationSummary(BaseModel):
    """Times in Unix seconds. not_scored: why the conversation was not judged to its end, if so."""

    service: str
    conversation_id: str
    host: str
    persona: str | None
    t_first: float
    t_last: float
    not_scored: str | None
    messages: int
    alerts: int
    trend: list[Trend]


class ConversationList(BaseModel):
    """Newest first."""

    conversations: list[ConversationSummary]


class Failure(BaseModel):
    """error: what is wrong. fix: what to do."""

    error: str
    fix: str


class SupervisorStatus(BaseModel):
    """What only the supervisor knows."""

    proxy: str | None = None
    ca: str | None = None
    pids: dict[str, int] = Field(default_factory=dict)
    listen: list[dict[str, Any]] = Field(default_factory=list)
