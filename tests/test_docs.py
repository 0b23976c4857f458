"""What the documents promise is there."""

import re
from pathlib import Path

import click

from backend.cli.main import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_every_command_is_in_the_readme_and_every_command_named_there_exists() -> None:
    context = click.Context(cli)
    commands = {name for name in cli.list_commands(context) if cli.get_command(context, name)}
    assert set(re.findall(r"`groundwire (\w+)", README)) == commands


def test_make_targets_named_in_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in (README, (ROOT / "CONTRIBUTING.md").read_text()):
        assert set(re.findall(r"(?:^|`)make ([a-z-]+)", page, re.MULTILINE)) <= targets


def test_benches_and_files_named_in_the_readme_exist() -> None:
    for module in re.findall(r"python -m (bench\.\w+)", README):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()
    for path in re.findall(r"`((?:docs|classifiers)/[\w/.]+\.md)`|\]\((docs/[\w/.]+)\)", README):
        assert (ROOT / (path[0] or path[1])).is_file()
