"""The model, or one line that says why not."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from classifiers.judge import Judge


def load_judge() -> "Judge":
    """The shipped model. Raises ClickException (exit code 1)."""
    from classifiers.judge import Judge, ModelError

    try:
        return Judge.load()
    except ModelError as error:
        raise click.ClickException(str(error)) from error
