"""The data folder."""

import shutil
import tempfile
from collections.abc import Iterable

from backend.config import Config
from backend.doctor.result import Result

ORDER = 20
LITTLE = 200_000_000


def check(settings: Config) -> Iterable[Result]:
    """Writable, private, with room."""
    folder = settings.data.expanduser()
    if not folder.is_dir():
        yield Result("Data folder", "note", f"{folder} does not exist yet", "`groundwire run` creates it.")
        return
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        fix = f"Make {folder} writable for you, or choose another with --data."
        yield Result("Data folder", "fault", f"cannot write: {error.strerror}", fix)
        return
    free = shutil.disk_usage(folder).free
    if free < LITTLE:
        yield Result("Data folder", "fault", f"only {free // 1_000_000} MB free", "Free some space on this disk.")
    elif folder.stat().st_mode & 0o077 and hasattr(folder, "owner"):
        yield Result("Data folder", "fault", "others can read it", f"Run: chmod 700 {folder}")
    else:
        yield Result("Data folder", "ok", str(folder))
