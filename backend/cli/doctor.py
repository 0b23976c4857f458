"""`groundwire doctor`: finds the fault and says what to do."""

import json
from pathlib import Path

import click

from backend.cli.main import FAILED


@click.command("doctor", short_help="Find what is wrong and what to do about it.")
@click.option("--config", type=click.Path(path_type=Path), help="TOML file with settings.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder that `groundwire run` writes to.")
@click.option("--port", type=int, help="Proxy port that `groundwire run` uses. Default 8080.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def command(config: Path | None, data: Path | None, port: int | None, as_json: bool) -> int:
    """Check the installation; exit code 1 when something needs doing."""
    from backend.cli.main import BadInputError
    from backend.config import ConfigError, load
    from backend.doctor import run_checks

    overrides = {k: v for k, v in {"data": data, "port": port}.items() if v is not None}
    try:
        settings = load(config, overrides)
    except ConfigError as error:
        raise BadInputError(str(error)) from error
    worst = 0
    for result in run_checks(settings):
        if as_json:
            click.echo(json.dumps(result.as_json(), ensure_ascii=False))
        else:
            mark = {"ok": "✓", "note": "·", "fault": "✗"}[result.state]
            click.echo(f"{mark} {result.name}: {result.detail}" + (f"\n    → {result.fix}" if result.fix else ""))
        worst = max(worst, result.state == "fault")
    return FAILED if worst else 0
