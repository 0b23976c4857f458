"""Single addons load without the package that imports all of them."""

import subprocess
import sys


def test_the_proxy_process_does_not_load_what_it_does_not_need() -> None:
    code = "import sys, proxy.addon; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "mitmproxy.addons.proxyserver" in loaded
    assert not loaded & {"flask", "ldap3", "tornado", "urwid", "onnxruntime", "sqlalchemy", "aiohttp", "pydantic"}
