"""Store failures in words that a person can act on."""

import sqlite3

from sqlalchemy.exc import DBAPIError


class StoreError(Exception):
    """One line that says what is wrong and what to do. `reason` is the short form for the status page."""

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(f"{reason}: {fix}")
        self.reason = reason
        self.fix = fix


def explain(problem: Exception, where: str) -> StoreError:
    """Turn a database or file error about `where` (a path or URL without password) into a StoreError."""
    if isinstance(problem, StoreError):
        return problem
    cause = problem.orig if isinstance(problem, DBAPIError) else problem
    text = str(cause).lower()
    if "full" in text or getattr(cause, "errno", None) == 28:
        return StoreError("disk full", f"free some space on the disk that holds {where}")
    if isinstance(cause, PermissionError) or "readonly" in text or "unable to open" in text:
        return StoreError(
            "data folder cannot be written", f"give this user write access to {where}, or pass --data DIR"
        )
    if "locked" in text:
        return StoreError("database is in use", f"close the other program that has {where} open")
    if isinstance(cause, sqlite3.DatabaseError) and ("malformed" in text or "not a database" in text):
        return StoreError("database is damaged", f"move {where} aside and start again; a new one is created")
    first_line = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    return StoreError("database error", f"{first_line} ({where})")
