"""A running set-up for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bench.stack import Stack, running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    async with running(tmp_path) as started:
        yield started
