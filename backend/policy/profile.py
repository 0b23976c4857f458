"""A person whose chats are watched, and how strictly."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from classifiers.labels import REPLY_LABELS

Kind = Literal["child", "teen", "adult", "pupil"]
Cap = Literal["off", "note", "warn", "urgent"]

EVERY_LABEL: Mapping[str, Cap] = dict.fromkeys(REPLY_LABELS, "urgent")
ADULT: Mapping[str, Cap] = {**EVERY_LABEL, "sexual": "off"}


class Profile(BaseModel):
    """name: unique in one installation. age: years, None when not told. language: catalogue to use.

    country: ISO 3166 alpha-2 for crisis lines, None when not told.
    rules: label -> gravest severity that this profile gets for it; `off` is none. Labels that are not named use the
    preset of the kind: minors get every label; an adult gets every label but `sexual`, which is no harm by itself.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(min_length=1, max_length=64)
    age: int | None = Field(default=None, ge=0, le=120)
    kind: Kind = "adult"
    language: str = Field(default="en", max_length=16)
    country: str | None = Field(default=None, pattern=r"^[A-Za-z]{2}$")
    rules: dict[str, Cap] = Field(default_factory=dict)

    def cap(self, label: str) -> Cap:
        """The gravest severity of a reply label for this person."""
        preset = ADULT if self.kind == "adult" else EVERY_LABEL
        return self.rules.get(label, preset.get(label, "urgent"))


def kind_for(age: int | None) -> Kind:
    """The preset that fits an age; without one, an adult."""
    if age is None or age >= 18:
        return "adult"
    return "child" if age < 13 else "teen"


def myself(
    name: str = "myself",
    age: int | None = None,
    kind: Kind | None = None,
    language: str = "en",
    country: str | None = None,
) -> Profile:
    """The default profile. Under its own name `myself` it is a person who asked for warnings on every label."""
    rules = dict(EVERY_LABEL) if name == "myself" else {}
    return Profile(name=name, age=age, kind=kind or kind_for(age), language=language, country=country, rules=rules)


class ProfileBook:
    """Every profile of the installation. A name that is not known, or none, stands for the default one."""

    def __init__(self, default: Profile, others: dict[str, Profile] | None = None) -> None:
        self.default = default
        self._by_name = {**(others or {}), default.name: default}

    def get(self, name: str | None) -> Profile:
        """The profile of that name, else the default one."""
        return self._by_name.get(name or "", self.default)

    def put(self, profile: Profile) -> None:
        """Add or replace a profile."""
        self._by_name[profile.name] = profile
        if profile.name == self.default.name:
            self.default = profile

    def all(self) -> list[Profile]:
        """Every profile, the default one first."""
        return [self.default, *(p for p in self._by_name.values() if p.name != self.default.name)]
