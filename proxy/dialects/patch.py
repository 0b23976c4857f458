"""Operations on a parsed JSON document, as patch streams send them."""

from itertools import pairwise
from typing import Any


def steps_of(path: str) -> list[str]:
    """The steps of a slash-separated path, with or without a leading slash; an empty path is the root."""
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/") if step]


def apply(document: Any, path: str, op: str, value: Any) -> Any:
    """Apply one operation and give back the document (a new one where the root was replaced).

    op: `append` (joins text, extends a list, updates an object), `add` (inserts into a list), `replace` or `set`,
    `remove`. A path that does not exist is made where it can be; otherwise the document stays as it is. `-` is the
    end of a list, a negative index counts from its end.
    """
    steps = steps_of(path)
    if not steps:
        return _joined(document, value) if op == "append" else (None if op == "remove" else value)
    parent = document
    for step, following in pairwise(steps):
        parent = _child(parent, step, following)
        if parent is None:
            return document
    _change(parent, steps[-1], op, value)
    return document


def _child(parent: Any, step: str, following: str) -> Any:
    if isinstance(parent, dict):
        child = parent.get(step)
        if not isinstance(child, dict | list):
            child = parent[step] = [] if _is_index(following) else {}
        return child
    if isinstance(parent, list):
        index = _index(parent, step)
        return parent[index] if index is not None and index < len(parent) else None
    return None


def _change(parent: Any, step: str, op: str, value: Any) -> None:
    if isinstance(parent, dict):
        if op == "remove":
            parent.pop(step, None)
        elif op == "append" and step in parent:
            parent[step] = _joined(parent[step], value)
        else:
            parent[step] = value
        return
    if not isinstance(parent, list):
        return
    index = _index(parent, step)
    if index is None:
        return
    if index >= len(parent):
        if op != "remove":
            parent.append(value)
    elif op == "remove":
        parent.pop(index)
    elif op == "add":
        parent.insert(index, value)
    elif op == "append":
        parent[index] = _joined(parent[index], value)
    else:
        parent[index] = value


def _joined(old: Any, value: Any) -> Any:
    if isinstance(old, str) and isinstance(value, str):
        return old + value
    if isinstance(old, list):
        return old + value if isinstance(value, list) else [*old, value]
    if isinstance(old, dict) and isinstance(value, dict):
        return {**old, **value}
    return value


def _is_index(step: str) -> bool:
    return step == "-" or (step.isascii() and step.removeprefix("-").isdigit())


def _index(parent: list[Any], step: str) -> int | None:
    if step == "-":
        return len(parent)
    if not _is_index(step) or len(step) > 9:
        return None
    index = int(step)
    if index < 0:
        index += len(parent)
    return index if index >= 0 else None
