"""The `groundwire` command: finds subcommands by listing this package, and turns every failure into one line."""

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from typing import Any

import click

import backend.cli

BAD_INPUT = 2
FAILED = 1


class BadInputError(click.ClickException):
    """The input cannot be used. Exit code 2, one line."""

    exit_code = BAD_INPUT


class Commands(click.Group):
    """Subcommand NAME is `command` in backend/cli/NAME.py, imported only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All modules of the package but this one."""
        modules = {m.name for m in pkgutil.iter_modules(backend.cli.__path__)}
        return sorted(m for m in modules - {"main"} if not m.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command object, or None for an unknown name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"backend.cli.{cmd_name}").command
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="groundwire", message="groundwire %(version)s")
def cli() -> None:
    """Reads AI-companion chats on this machine and warns while the answer is still being written."""


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point. Exit codes: 0 success, 2 bad input, 1 anything else; no traceback reaches a user."""
    sys.exit(run(argv))


def run(argv: Sequence[str] | None = None) -> int:
    """The same, returning the exit code."""
    try:
        result: Any = cli.main(args=argv, prog_name="groundwire", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return BAD_INPUT
    except click.ClickException as error:
        print(f"groundwire: {' '.join(error.format_message().split())}", file=sys.stderr)
        return error.exit_code if error.exit_code in (FAILED, BAD_INPUT) else FAILED
    except (click.Abort, KeyboardInterrupt):
        return FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except MemoryError:
        print("groundwire: out of memory", file=sys.stderr)
        return FAILED
    except OSError as error:
        name = f" ({error.filename})" if error.filename else ""
        print(f"groundwire: {error.strerror or error}{name}", file=sys.stderr)
        return FAILED
    except Exception as error:
        print(f"groundwire: unexpected {type(error).__name__}: {error}; please report it", file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    main()
