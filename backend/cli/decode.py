"""`groundwire decode`: the messages of one recorded flow."""

import json
from pathlib import Path

import click

from backend.cli.main import BadInputError


@click.command("decode", short_help="Decode one recorded flow into messages.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Accepted for symmetry: the output is JSON lines always.")
def command(folder: Path, as_json: bool) -> None:
    """Print one JSON line for each message of the flow in FOLDER (meta.json, request.json, response.*)."""
    from proxy.decode import DecodeInputError, decode_folder, message_json

    try:
        messages = decode_folder(str(folder))
    except DecodeInputError as error:
        raise BadInputError(str(error)) from error
    for message in messages:
        click.echo(json.dumps(message_json(message), ensure_ascii=False))
