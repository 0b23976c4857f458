"""Checks of an installation: one function in one file each, discovered by listing this package.

A check module has `def check(settings: Config) -> Iterable[Result]` and an `ORDER` number.
"""

import importlib
import pkgutil
from collections.abc import Iterator

from backend.config import Config
from backend.doctor.result import Result


def run_checks(settings: Config) -> Iterator[Result]:
    """All results, in the order in which a person should read them. A check that fails is itself a fault."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if m.name != "result"]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    for module in sorted(modules, key=lambda m: int(m.ORDER)):
        try:
            yield from module.check(settings)
        except Exception as error:
            name = module.__name__.rpartition(".")[2]
            yield Result(name, "fault", f"the check itself failed: {error}", "Please report this.")
