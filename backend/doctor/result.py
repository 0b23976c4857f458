"""What one check found."""

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Result:
    """state: `ok`, `note` (worth knowing), `fault` (needs doing). fix: what to do, empty when nothing."""

    name: str
    state: Literal["ok", "note", "fault"]
    detail: str
    fix: str = ""

    def as_json(self) -> dict[str, str]:
        """Its fields."""
        return asdict(self)
