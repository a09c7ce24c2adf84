"""What a resident has entered so far: encrypted in their own browser's cookies, nothing of it here until they hand it in.

So the way back always works, a restart of the server loses nothing, and what is never handed in is never kept.
"""

import base64
import json
import zlib
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from wangge.casework.services.public import new_query_code
from wangge.kernel import sealed

_PURPOSE = "portal"
# Browsers keep at most 4096 bytes a cookie.
_PIECE = 3600
_PIECES = 3
DAY = 24 * 3600


class Jar:
    """One named, encrypted record of a visitor. Unreadable content counts as none."""

    def __init__(self, name: str, path: str, seconds: int) -> None:
        self.name, self.path, self.seconds = name, path, seconds

    def load(self, request: HttpRequest) -> dict[str, Any]:
        text = "".join(request.COOKIES.get(f"{self.name}{i}", "") for i in range(_PIECES))
        if not text:
            return {}
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            packed = sealed.unseal(raw, purpose=_PURPOSE, context=self.name)
            found = json.loads(zlib.decompress(base64.b85decode(packed)))
        except Exception:  # whatever is wrong with a stranger's cookie, it is as good as none
            return {}
        return found if isinstance(found, dict) else {}

    def keep(self, request: HttpRequest, response: HttpResponse, data: dict[str, Any]) -> HttpResponse:
        packed = base64.b85encode(zlib.compress(json.dumps(data, ensure_ascii=False).encode(), 9)).decode()
        text = base64.urlsafe_b64encode(sealed.seal(packed, purpose=_PURPOSE, context=self.name)).decode().rstrip("=")
        pieces = [text[i : i + _PIECE] for i in range(0, len(text), _PIECE)]
        for i in range(_PIECES):
            if i < len(pieces):
                response.set_cookie(
                    f"{self.name}{i}",
                    pieces[i],
                    max_age=self.seconds,
                    path=self.path,
                    secure=request.is_secure(),
                    httponly=True,
                    samesite="Lax",
                )
            elif f"{self.name}{i}" in request.COOKIES:
                response.delete_cookie(f"{self.name}{i}", path=self.path)
        return response

    def empty(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        for i in range(_PIECES):
            response.delete_cookie(f"{self.name}{i}", path=self.path)
        return response


report = Jar("report", "/report", DAY)
receipt = Jar("receipt", "/report", DAY)
asking = Jar("asking", "/my-data", DAY)
asked = Jar("asked", "/my-data", DAY)
following = Jar("following", "/progress", 1800)


def begun() -> dict[str, Any]:
    """A new draft: its id and query code are made once, so that handing it in twice is one report with one code."""
    return {"id": str(uuid4()), "code": new_query_code()}
