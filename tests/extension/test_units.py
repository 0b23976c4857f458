"""The extension's own unit tests and type checks, run by Node."""

import os
import shutil
import subprocess

import pytest

from tests.support.browser import ROOT

SOURCE = ROOT / "extension"


@pytest.mark.parametrize("script", ["test", "check"])
def test_script_passes(script: str) -> None:
    npm = shutil.which("npm")
    if npm is None or not (SOURCE / "node_modules").is_dir():
        pytest.skip("Node.js or the extension's packages are missing: `make extension`")
    environment = {**os.environ, "WXT_TELEMETRY": "0"}
    done = subprocess.run(
        [npm, "run", "--silent", script], cwd=SOURCE, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
