"""Fixtures that tests of every room share."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.test import Client

from tests import make
from wangge.kernel import scope
from wangge.kernel.actor import Actor

SignIn = Callable[[Actor], Client]

# The same examples on every machine, however slow it is: a search for new ones is `HYPOTHESIS_PROFILE=search`.
calm = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("same", calm, derandomize=True)
hypothesis.settings.register_profile("search", calm, max_examples=5_000, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session")
def _reference(django_db_setup: None, django_db_blocker: Any) -> None:
    """Two districts with their cells, loaded and committed once for the whole run."""
    with django_db_blocker.unblock(), scope.system():
        make.district()
        make.district(make.HETANG)


@pytest.fixture
def district(_reference: None, db: None) -> Iterator[None]:
    """The two districts, and the reach of the system around the test. Loaded again if another test emptied the tables."""
    make.forget()
    with scope.system():
        make.district()
        make.district(make.HETANG)
        yield


@pytest.fixture
def sign_in() -> SignIn:
    """`sign_in(actor)` gives a client whose session acts at that actor's post."""

    def open_session(actor: Actor) -> Client:
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = make.session(actor)
        return client

    return open_session
