"""A backend in this process, with the word model, on a free port and a folder of its own."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backend.server import serving
from backend.settings import BackendSettings
from backend.web.context import Context
from tests.backend.wire import pair
from tests.backend.word_model import WordModel

LINK_TOKEN = "link-token-0123456789"
CONTROL_TOKEN = "control-token-0123456"


@dataclass
class Backend:
    """context: the running backend's inside. token: of a client paired as owner of the default profile."""

    context: Context
    model: WordModel
    token: str

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.context.port}"


def settings(data: Path, **more: Any) -> BackendSettings:
    return BackendSettings.model_validate(
        {"data": data, "link_token": LINK_TOKEN, "control_token": CONTROL_TOKEN, **more}
    )


Start = Callable[..., contextlib.AbstractAsyncContextManager[Backend]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start a backend: `async with start(**settings) as backend`. Started twice it finds the same data."""

    @contextlib.asynccontextmanager
    async def run(folder: str = "data", **more: Any) -> AsyncIterator[Backend]:
        model = WordModel()
        async with serving(settings(tmp_path / folder, **more), model) as context:
            assert context.code is not None
            paired = await pair(f"http://127.0.0.1:{context.port}", context.code)
            yield Backend(context, model, paired["token"])

    return run


@pytest.fixture
async def backend(start: Start) -> AsyncIterator[Backend]:
    async with start() as running:
        yield running
