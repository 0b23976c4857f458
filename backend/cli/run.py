"""`groundwire run`: proxy and backend on this machine, supervised."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from backend.cli.main import BadInputError


@click.command("run", short_help="Watch over chats: start proxy and backend.")
@click.option("--config", type=click.Path(path_type=Path), help="TOML file with settings.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder for everything that is written.")
@click.option("--port", type=int, help="Proxy port; the API is on the next one. 0: both free. Default 8080.")
@click.option("--profile", help="Name of the person watched over.")
@click.option("--age", type=int, help="Age of that person in years.")
@click.option("--connect-to", multiple=True, metavar="HOST:PORT:HOST2:PORT2", help="As curl's: reach HOST at HOST2.")
@click.option("--upstream-ca", multiple=True, type=click.Path(path_type=Path), help="One more trusted root (PEM).")
@click.option("--self-test", is_flag=True, help="Play a recorded conversation through the live proxy once.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def command(
    config: Path | None,
    data: Path | None,
    port: int | None,
    profile: str | None,
    age: int | None,
    connect_to: tuple[str, ...],
    upstream_ca: tuple[Path, ...],
    self_test: bool,
    as_json: bool,
) -> int:
    """Start proxy and backend and stay until Ctrl-C."""
    options = {
        "data": data,
        "port": port,
        "name": profile,
        "age": age,
        "connect_to": list(connect_to) or None,
        "upstream_ca": list(upstream_ca) or None,
    }
    return start(plan_for(config, {k: v for k, v in options.items() if v is not None}, self_test, as_json))


def plan_for(config: Path | None, overrides: dict[str, Any], self_test: bool, as_json: bool) -> dict[str, Any]:
    """The supervisor's plan. Raises BadInputError."""
    from backend.config import ConfigError, load

    try:
        settings = load(config, overrides)
    except ConfigError as error:
        raise BadInputError(str(error)) from error
    folder = settings.data.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadInputError(f"cannot use the data folder {folder}: {error.strerror}") from error
    listen = [{"host": "127.0.0.1", "port": settings.port, "profile": settings.profile.name, "mode": "regular"}]
    listen += [
        {"host": "127.0.0.1", "port": p.port, "profile": p.name, "mode": "regular"}
        for p in settings.profiles
        if p.port is not None
    ]
    listen += [
        {"host": "127.0.0.1", "port": r.port, "profile": settings.profile.name, "mode": f"reverse:{r.upstream}"}
        for r in settings.reverse
    ]
    return {
        "data": str(folder),
        "port": settings.port,
        "store": settings.store,
        "listen": listen,
        "profile": settings.profile.model_dump(),
        "profiles": [p.model_dump() for p in settings.profiles],
        "connect_to": settings.connect_to,
        "upstream_ca": [str(f.absolute()) for f in settings.upstream_ca],
        "self_test": self_test,
        "json": as_json,
    }


def start(plan: dict[str, Any]) -> int:
    """Hand over to the supervisor. On POSIX the process is replaced, which gives the memory of the set-up back."""
    from backend.system.instance import AlreadyRunningError, hold

    try:
        lock = hold(Path(plan["data"]))
    except AlreadyRunningError as error:
        raise BadInputError(str(error)) from error
    if os.name == "posix":
        read, write = os.pipe()
        os.set_inheritable(read, True)
        os.set_inheritable(lock, True)
        os.write(write, json.dumps(plan).encode())
        os.close(write)
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-m", "backend.supervisor", str(read)])
    from backend.supervisor import main

    return main(plan)
