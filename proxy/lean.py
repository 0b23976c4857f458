"""Loading single mitmproxy addons without the package that imports all of them."""

import importlib.util
import sys
import types
from pathlib import Path


def skip_addon_package() -> None:
    """Let `mitmproxy.addons.<name>` be imported alone.

    mitmproxy.addons/__init__ imports every addon, and with them Flask, LDAP and more: 14 MB and 0.4 s that the proxy
    process has no use for. Does nothing when the package is loaded already.
    """
    name = "mitmproxy.addons"
    if name in sys.modules:
        return
    spec = importlib.util.find_spec("mitmproxy")
    if spec is None or not spec.submodule_search_locations:
        return
    package = types.ModuleType(name)
    package.__path__ = [str(Path(folder) / "addons") for folder in spec.submodule_search_locations]
    sys.modules[name] = package
