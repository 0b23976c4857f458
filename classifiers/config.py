"""config.json of a model folder, and what makes a folder a valid one."""

import hashlib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from classifiers.calibration import EvidenceTable, Platt

FILES = ("model.onnx", "tokenizer.json", "config.json")
DEFAULT_FOLDER = Path(__file__).parent / "models" / "companion_v1"


class ModelError(Exception):
    """The model folder cannot be used; the text says what to do."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Thresholds(_Strict):
    """Probabilities at which an answer is worth a note, a warning, an urgent warning."""

    note: float = Field(ge=0, le=1)
    warn: float = Field(ge=0, le=1)
    urgent: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> "Thresholds":
        if not self.note <= self.warn <= self.urgent:
            raise ValueError("thresholds must not fall from note to warn to urgent")
        return self


class WindowLimits(_Strict):
    """Token budgets of the two parts of a window."""

    before: int = Field(ge=8, le=512)
    text: int = Field(ge=8, le=512)


class StructuralTokens(_Strict):
    """Ids of the tokens that structure a window; text never produces them."""

    cls: int
    sep: int
    mask: int
    user: int
    assistant: int


class ModelConfig(_Strict):
    """labels: order of the model's outputs. Every label has a calibration, thresholds and an evidence table."""

    name: str
    labels: tuple[str, ...]
    limits: WindowLimits
    tokens: StructuralTokens
    aggregate: Literal["max"] = "max"
    calibration: dict[str, Platt]
    thresholds: dict[str, Thresholds]
    evidence: dict[str, EvidenceTable]
    training: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> "ModelConfig":
        for table in (self.calibration, self.thresholds, self.evidence):
            if set(table) != set(self.labels):
                raise ValueError("calibration, thresholds and evidence must name exactly the labels")
        return self


def read_config(folder: Path) -> ModelConfig:
    """The checked config of `folder`. Raises ModelError when a file is missing, damaged or does not fit."""
    missing = [name for name in (*FILES, "SHA256") if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            f"The model folder {folder} lacks {', '.join(missing)}. Restore it (git checkout, or install again), "
            "or name another folder."
        )
    expected = {}
    for line in (folder / "SHA256").read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        expected[name.strip()] = digest.strip()
    for name in FILES:
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected.get(name):
            raise ModelError(
                f"{folder / name} does not match its checksum in {folder / 'SHA256'}: the file is damaged or was "
                "changed. Restore it (git checkout, or install again)."
            )
    try:
        return ModelConfig.model_validate_json((folder / "config.json").read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise ModelError(
            f"{folder / 'config.json'} is not valid at {where}: {first['msg']}. "
            "Use a model folder made for this version."
        ) from None


def write_checksums(folder: Path) -> None:
    """The SHA256 file, in the form of sha256sum."""
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in FILES]
    (folder / "SHA256").write_text("".join(lines), encoding="utf-8")
