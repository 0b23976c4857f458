"""What the extension asks for and what it says: the same hosts as the proxy, the same sentences in every language."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from extension import generate_paths
from proxy.hosts import all_hosts, denied
from tests.support.browser import EXTENSION, ROOT, extension_id

SOURCE = ROOT / "extension"
LANGUAGES = ("en", "es", "pt", "de", "fr")
SELF_TEST = "selftest.groundwire.internal"
# Keys that are put together from one of these and a value.
FAMILIES = ("severity_", "state_", "advice_", "retract_", "snooze_", "pair_", "privacy_", "entry_")


def messages(language: str) -> dict[str, str]:
    found = json.loads((SOURCE / "public" / "_locales" / language / "messages.json").read_text())
    return {key: value["message"] for key, value in found.items()}


def hosts() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads((SOURCE / "hosts.json").read_text())
    return found


@pytest.fixture(params=["chrome-mv3", "firefox-mv3"])
def manifest(request: pytest.FixtureRequest) -> dict[str, Any]:
    path = EXTENSION.with_name(request.param) / "manifest.json"
    if not path.exists():
        pytest.skip("the extension is not built: `make extension` (needs Node.js 20 or newer)")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_hosts_are_those_that_the_proxy_reads() -> None:
    read = {host for host in all_hosts() if ":" not in host} - {SELF_TEST}
    listed = [host for group in hosts().values() for host in group]
    assert sorted(listed) == sorted(read), "extension/hosts.json and proxy/services differ"


def test_paths_are_those_that_the_services_declare() -> None:
    assert generate_paths.TARGET.read_text() == generate_paths.text(), "run `python -m extension.generate_paths`"


def test_no_host_is_on_the_deny_list() -> None:
    assert [host for group in hosts().values() for host in group if denied(host.replace("*.", "any."))] == []


def test_access_to_chat_hosts_only(manifest: dict[str, Any]) -> None:
    allowed = {
        f"{scheme}://{host}/*" for scheme in ("https", "wss") for host in [*hosts()["pages"], *hosts()["services"]]
    }
    assert set(manifest["host_permissions"]) == allowed
    assert set(manifest["content_scripts"][0]["matches"]) == {f"https://{host}/*" for host in hosts()["pages"]}


def test_every_permission_is_explained(manifest: dict[str, Any]) -> None:
    table = (SOURCE / "README.md").read_text().split("## Permissions")[1].split("##")[0]
    explained = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert explained == {*manifest["permissions"], "host_permissions"}


def test_policy_lets_nothing_in_and_only_loopback_out(manifest: dict[str, Any]) -> None:
    policy = manifest["content_security_policy"]["extension_pages"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"].split() == ["'self'", "ws://127.0.0.1:*", "http://127.0.0.1:*"]


def test_the_id_is_the_one_that_others_name() -> None:
    if not (EXTENSION / "manifest.json").exists():
        pytest.skip("the extension is not built: `make extension` (needs Node.js 20 or newer)")
    assert extension_id() in (SOURCE / "README.md").read_text()


def test_the_same_sentences_in_every_language() -> None:
    english = messages("en")
    for language in LANGUAGES:
        other = messages(language)
        assert list(other) == list(english), language
        assert all(text.strip() for text in other.values()), language
        for key, text in other.items():
            assert sorted(re.findall(r"\$\d", text)) == sorted(re.findall(r"\$\d", english[key])), (language, key)


def test_every_sentence_is_used_and_exists() -> None:
    sources = [path for folder in ("lib", "overlay", "ui", "entrypoints") for path in (SOURCE / folder).rglob("*.ts")]
    code = "\n".join(path.read_text() for path in [*sources, SOURCE / "wxt.config.ts"])
    english = messages("en")
    quoted = set(re.findall(r"['\"`](\w+)['\"`]", code)) | set(re.findall(r"__MSG_(\w+)__", code))
    unused = [key for key in english if key not in quoted and not key.startswith(FAMILIES)]
    assert unused == []
    named = {key for key in quoted if key.startswith(("overlay_", "popup_", "options_", *FAMILIES))}
    assert named - set(english) == set()


def test_no_source_reads_foreign_text_as_markup() -> None:
    for path in Path(SOURCE).rglob("*.ts"):
        if "node_modules" in path.parts or ".wxt" in path.parts or ".output" in path.parts:
            continue
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", path.read_text()), path
