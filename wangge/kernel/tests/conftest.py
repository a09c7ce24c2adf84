"""These tests tell what is there from the first row on: each begins with empty tables."""

import pytest

from tests import make


@pytest.fixture(autouse=True)
def _empty(request: pytest.FixtureRequest) -> None:
    make.empty_for(request)
