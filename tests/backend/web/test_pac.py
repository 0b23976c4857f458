"""The proxy script, run by a real JavaScript engine where there is one."""

import json
import shutil
import subprocess

import pytest

from backend.web.pac import script

HOSTS = ["chatgpt.com", "*.character.ai", "127.0.0.1:11434"]
CASES = {
    "chatgpt.com": True,
    "CHATGPT.COM": True,
    "evil-chatgpt.com": False,
    "chatgpt.com.evil.example": False,
    "character.ai": True,
    "neo.character.ai": True,
    "notcharacter.ai": False,
    "bank.example": False,
    "127.0.0.1": False,
}


def test_every_way_through_the_proxy_has_a_way_past_it() -> None:
    text = script("127.0.0.1:8080", HOSTS)
    assert text.count("PROXY 127.0.0.1:8080; DIRECT") == 2
    assert "PROXY" not in script(None, HOSTS)


@pytest.mark.skipif(shutil.which("node") is None, reason="no JavaScript engine")
def test_the_script_picks_the_chat_hosts_and_no_others() -> None:
    program = (
        "function dnsDomainIs(host, domain) { return host.length >= domain.length && host.endsWith(domain); }\n"
        + script("127.0.0.1:8080", HOSTS)
        + f"for (const host of {json.dumps(list(CASES))}) console.log(FindProxyForURL('https://' + host + '/', host));"
    )
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    found = dict(zip(CASES, done.stdout.splitlines(), strict=True))
    assert found == {h: "PROXY 127.0.0.1:8080; DIRECT" if chat else "DIRECT" for h, chat in CASES.items()}
