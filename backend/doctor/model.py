"""The classifier."""

from collections.abc import Iterable

from backend.config import Config
from backend.doctor.result import Result

ORDER = 30


def check(settings: Config) -> Iterable[Result]:
    """The model loads, its checksum is right, and one inference works."""
    from classifiers.judge import Judge, ModelError
    from proxy.message import Turn

    try:
        judge = Judge.load()
        judge.assess([], Turn("assistant", "Hello."))
    except ModelError as error:
        yield Result("Model", "fault", str(error), "Install Groundwire again: the model ships with it.")
        return
    yield Result("Model", "ok", judge.name)
