"""Fixtures that tests of every room share."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import make
from wangge.kernel import scope


@pytest.fixture(scope="session")
def _reference(django_db_setup: None, django_db_blocker: Any) -> None:
    """Two districts with their cells, loaded and committed once for the whole run."""
    with django_db_blocker.unblock(), scope.system():
        make.district()
        make.district(make.HETANG)


@pytest.fixture
def district(_reference: None, db: None) -> Iterator[None]:
    """The two districts, and the reach of the system around the test. Loaded again if another test emptied the tables."""
    with scope.system():
        make.district()
        make.district(make.HETANG)
        yield
