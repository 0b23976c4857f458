"""What the backend process is told when it starts: one JSON object on the first line of its standard input."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

SELFTEST_HOST = "selftest.groundwire.internal"
SELFTEST_PROFILE = "selftest"
STATUS_TOKEN_FILE = "status.token"
"""In the data folder, new with every start: lets the `groundwire` command of the same user read the whole status."""


class ProfileSettings(BaseModel):
    """A person whose chats are watched over. kind: None is the one that fits the age."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field(default="myself", min_length=1, max_length=64)
    age: int | None = Field(default=None, ge=0, le=120)
    kind: Literal["child", "teen", "adult", "pupil"] | None = None
    language: str = Field(default="en", max_length=16)
    country: str | None = Field(default=None, max_length=2)


class BackendSettings(BaseModel):
    """data: the folder that holds everything written. port: 0 takes a free one.

    default_profile: whose chats these are when nothing says otherwise; profiles: everybody else's.
    store: SQLAlchemy URL; None is SQLite in `data`. model: folder of the model; None is the one in the package.
    parent_pid: when that process has gone, the backend ends.
    """

    model_config = ConfigDict(extra="ignore", protected_namespaces=())

    data: Path
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    link_token: str = Field(min_length=16)
    control_token: str = Field(min_length=16)
    default_profile: ProfileSettings = ProfileSettings()
    profiles: list[ProfileSettings] = Field(default_factory=list)
    store: str | None = None
    model: Path | None = None
    parent_pid: int | None = None
    retention_days: int = Field(default=30, ge=1, le=3650)


class SettingsError(Exception):
    """One line that says which setting is wrong."""


def read_settings(line: str) -> BackendSettings:
    """Parse the settings line. Raises SettingsError with one readable line."""
    try:
        return BackendSettings.model_validate_json(line)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(f"backend settings: {where}: {first['msg']}") from None
