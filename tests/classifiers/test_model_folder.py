"""A model folder that is missing, damaged or of another kind is refused with a line that says what to do."""

import json
import shutil
from pathlib import Path

import pytest

from classifiers.config import DEFAULT_FOLDER, FILES, ModelError, write_checksums
from classifiers.judge import Judge
from classifiers.labels import LABELS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "model"
    shutil.copytree(DEFAULT_FOLDER, target)
    return target


def change_config(folder: Path, **values: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    write_checksums(folder)


def test_shipped_folder_is_whole(judge: Judge) -> None:
    assert judge.name == DEFAULT_FOLDER.name
    assert set(judge.config.labels) <= set(LABELS)
    for level in judge.config.thresholds.values():
        assert 0 < level.note <= level.warn <= level.urgent < 1
    assert (DEFAULT_FOLDER / "CARD.md").stat().st_size > 1000
    assert (DEFAULT_FOLDER / "model.onnx").stat().st_size < 60e6


@pytest.mark.parametrize("name", [*FILES, "SHA256"])
def test_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        Judge.load(folder)


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Restore it"):
        Judge.load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", FILES)
def test_damaged_file(folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ModelError, match=f"{name} does not match its checksum"):
        Judge.load(folder)


def test_wrong_config(folder: Path) -> None:
    change_config(folder, labels=["manipulation"])
    with pytest.raises(ModelError, match=r"config\.json is not valid"):
        Judge.load(folder)


def test_unknown_config_field(folder: Path) -> None:
    change_config(folder, surprise=1)
    with pytest.raises(ModelError, match="surprise"):
        Judge.load(folder)


def test_model_that_is_no_model(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"not a network")
    write_checksums(folder)
    with pytest.raises(ModelError, match="cannot be loaded"):
        Judge.load(folder)


def test_model_with_other_outputs(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    fewer = {
        name: {k: v for k, v in config[name].items() if k != "crisis"}
        for name in ("calibration", "thresholds", "evidence")
    }
    change_config(folder, labels=[label for label in config["labels"] if label != "crisis"], **fewer)
    with pytest.raises(ModelError, match="outputs"):
        Judge.load(folder)
