"""Fixtures of the desk's tests: a browser-less client logged in as any actor of `tests.make`."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from wangge.identity import queries as identity
from wangge.identity import services as identity_services
from wangge.identity.models import Account, LoginSession, Post
from wangge.kernel.actor import SYSTEM, Actor

SignIn = Callable[[Actor], Client]


@pytest.fixture
def sign_in() -> SignIn:
    """`sign_in(actor)` gives a client whose session acts at that actor's post."""

    def open_session(actor: Actor) -> Client:
        key = f"key-{actor.id}-{actor.post_id}"
        if not LoginSession.objects.filter(key_hash=identity.hashed(key)).exists():
            session = identity_services.start_session(
                actor=SYSTEM, account=Account.objects.get(pk=actor.id), key=key, address="127.0.0.1", agent="test"
            )
            LoginSession.objects.filter(pk=session.pk).update(post=Post.objects.get(pk=actor.post_id or 0))
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = key
        return client

    return open_session
