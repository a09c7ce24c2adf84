import pytest


@pytest.fixture(autouse=True)
def _cheap_hashes(settings):
    """Forty milliseconds a password is right at the door and wasted in a test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
