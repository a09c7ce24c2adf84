"""What a view is handed: the request, and who acts."""

from typing import Any

from django.http import HttpRequest

from wangge.kernel.actor import Actor


class Request(HttpRequest):
    """A request after `identity.middleware`: the active post of who is logged in (or the public's), and the login of identity."""

    actor: Actor
    account: Any
    login_session: Any
