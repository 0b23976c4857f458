"""The shipped model, loaded once."""

import pytest

from classifiers.judge import Judge


@pytest.fixture(scope="session")
def judge() -> Judge:
    return Judge.load()
