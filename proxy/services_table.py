"""Writes `docs/services.md`: what is read, what is not, and why. `python -m proxy.services_table [FILE]`."""

import sys
from pathlib import Path

from proxy.deny import NEVER
from proxy.services import Service, all_services

_HEAD = """# Services

Generated from `proxy/services/` by `python -m proxy.services_table docs/services.md`; do not edit.

* **full**: a decoder of its own. **generic**: read by well-known field names, its warnings are never urgent.
  **infeasible**: never decrypted; only the contact and its minutes can be told.
* **sure**: *real* = a recording shows the format, *read* = read in public clients, *old* = read, but more than about a
  year ago, *unknown* = nothing was found. Services change without notice: the status page counts what a decoder does
  not understand.
* An app on a phone usually pins its certificate, so only the web version can be read.
"""


def _cell(items: tuple[str, ...]) -> str:
    return "<br>".join(f"`{item}`" for item in items)


def _row(service: Service) -> str:
    about = f"{service.summary} {service.note}".strip()
    return f"| `{service.name}` | {_cell(service.hosts)} | {service.confidence} | {service.last_verified} | {about} |"


def _paths(service: Service) -> list[str]:
    lines = [f"* `{service.name}`"]
    for path in (*service.paths, *service.optional_paths):
        old = ", old messages" if any(path == entry.partition(" (")[0] for entry in service.history) else ""
        optional = ", only when asked for" if path in service.optional_paths else ""
        lines.append(f"  * `{path}`{old}{optional}")
    return lines


def table() -> str:
    """The whole page."""
    lines = [_HEAD]
    for kind, title in (
        ("full", "Read by a decoder of its own"),
        ("generic", "Read by guess"),
        ("infeasible", "Not read"),
    ):
        lines += [f"## {title}", "", "| service | hosts | sure | verified | about |", "|---|---|---|---|---|"]
        lines += [_row(service) for service in all_services() if service.kind == kind]
        lines.append("")
    lines += ["## Paths", "", "Only these requests are read; everything else on the hosts above passes untouched.", ""]
    for service in all_services():
        if service.paths:
            lines += _paths(service)
    lines += ["", "## Never", "", "Hosts that are never decrypted, whatever the configuration says.", ""]
    for reason, patterns in NEVER.items():
        lines.append(f"* {reason}: {', '.join(f'`{pattern}`' for pattern in patterns)}")
    return "\n".join(lines) + "\n"


def main() -> None:
    page = table()
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(page, "utf-8")
    else:
        sys.stdout.write(page)


if __name__ == "__main__":
    main()
