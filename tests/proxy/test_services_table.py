"""The page about services is current."""

from pathlib import Path

from proxy.services import all_services
from proxy.services_table import table

PAGE = Path(__file__).parents[2] / "docs" / "services.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == table(), "run: python -m proxy.services_table docs/services.md"


def test_every_service_and_what_is_not_known_about_it_is_named() -> None:
    page = table()
    for service in all_services():
        assert f"| `{service.name}` |" in page
        assert service.note in page
