"""`groundwire forget`: deletes what was kept."""

import json
from pathlib import Path

import click

from backend.cli.main import BadInputError


@click.command("forget", short_help="Delete what was kept about a person.")
@click.option("--config", type=click.Path(path_type=Path), help="TOML file with settings.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder that `groundwire run` writes to.")
@click.option("--profile", help="Whose; everybody's when left out.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def command(config: Path | None, data: Path | None, profile: str | None, yes: bool, as_json: bool) -> None:
    """Delete scores, excerpts and paired devices, and the deleted pages of the file with them."""
    from backend.config import ConfigError, load
    from backend.drift import FILE as SERVICES_FILE
    from backend.store.clients import profiles
    from backend.store.database import DATABASE_FILE, open_engine
    from backend.store.errors import StoreError
    from backend.store.keys import load_key
    from backend.store.retention import forget
    from backend.store.store import Store
    from backend.system.instance import AlreadyRunningError, hold

    try:
        settings = load(config, {"data": data} if data else {})
        folder = settings.data.expanduser().absolute()
        if not (folder / DATABASE_FILE).is_file() and settings.store is None:
            raise BadInputError(f"nothing is kept in {folder}")
        hold(folder)
        store = Store(open_engine(folder, settings.store), load_key(folder), str(folder / DATABASE_FILE))
        names = list(profiles(store))
        if profile is not None and profile not in names:
            raise BadInputError(f"no profile is called {profile}; there are: {', '.join(names) or 'none'}")
        chosen = [profile] if profile is not None else names
        if not yes:
            who = ", ".join(chosen) or "nobody"
            click.confirm(f"Delete everything that was kept about {who}?", abort=True, err=True)
        deleted = sum(forget(store, name) for name in chosen)
        if profile is None:
            (folder / SERVICES_FILE).unlink(missing_ok=True)
    except ConfigError as error:
        raise BadInputError(str(error)) from error
    except AlreadyRunningError as error:
        raise BadInputError(f"{error}; stop it first") from error
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps({"deleted": deleted, "profiles": chosen}) if as_json else f"Deleted {deleted} records.")
