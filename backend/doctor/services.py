"""Services whose chats are not read as they should be, as the running program has seen or last kept it."""

from collections.abc import Iterable

from backend.config import Config
from backend.doctor.result import Result
from backend.drift import FILE, DriftBoard, text_of, title
from backend.policy.catalogue import status_reason

ORDER = 60
_FIX = (
    "Update Groundwire. If nothing newer helps, report it with a recording in your own words "
    "(docs/adding-a-service.md)."
)


def check(settings: Config) -> Iterable[Result]:
    """One line for each service that changed its format, one for each that gave streams without a message."""
    places = DriftBoard(settings.data.expanduser() / FILE).places()
    language = settings.profile.language
    for place in places:
        counts = ", ".join(f"{reason} {count}" for reason, count in sorted(place.misses.items()))
        if text := text_of(place, lambda code, **values: status_reason(language, code, **values)):
            yield Result("Service", "fault", f"{text} ({place.host}: {counts})", _FIX)
        elif place.unread:
            detail = f"{title(place.service)} on {place.host}: {place.unread} of {place.seen} streams gave no message"
            yield Result("Service", "note", f"{detail} ({counts or 'no reason known'})")
    if places and not any(place.changed or place.unread for place in places):
        yield Result("Services", "ok", f"{len(places)} read as expected")
