"""Writes of the room, by noun."""

from wangge.identity.services.sessions import touch

__all__ = ["touch"]
