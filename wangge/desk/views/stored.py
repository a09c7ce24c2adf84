"""Files of cases: the clean copy for whoever sees the case, the original with a right, a reason and an audit row."""

from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from wangge.casework import queries as casework
from wangge.identity.access import requires
from wangge.kernel import files
from wangge.kernel.errors import NotHere
from wangge.kernel.request import Request


def _seen(request: Request, sha256: str) -> files.StoredFile:
    if not casework.can_see_file(request.actor, sha256, request.GET.get("case", "")):
        raise NotHere("文件")
    return files.find(sha256)


def _answer(stream: files.BinaryIO, kind: str, name: str, inline: bool = True) -> HttpResponseBase:
    response = FileResponse(stream, content_type=kind, filename=name, as_attachment=not inline)
    response["Cache-Control"] = "private, max-age=86400"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"
    return response


@require_GET
@requires("events.view")
def view(request: Request, sha256: str) -> Any:
    """The copy without EXIF and place."""
    one = _seen(request, sha256)
    shown = one.is_image or one.media_type.startswith(("video/", "audio/")) or one.media_type == "application/pdf"
    return _answer(files.open_derivative(one), files.derivative_type(one), one.original_name, shown)


@require_GET
@requires("events.view")
def thumb(request: Request, sha256: str) -> Any:
    one = _seen(request, sha256)
    found = files.thumb(one)
    if found is None:
        raise NotHere("缩略图")
    return _answer(found, files.derivative_type(one), one.original_name)


@require_http_methods(["GET", "POST"])
@requires(files.RIGHT_ORIGINAL)
def original(request: Request, sha256: str) -> Any:
    """GET asks for the reason; POST hands out the untouched bytes and leaves an audit row."""
    one = _seen(request, sha256)
    if request.method == "GET":
        context = {"file": one, "number": request.GET.get("case", "")}
        return render(request, "desk/original.html", context)
    stream = files.open_original(request.actor, one, request.POST.get("reason", ""))
    response: HttpResponse | FileResponse = FileResponse(stream, filename=one.original_name, as_attachment=True)
    response["Cache-Control"] = "no-store"
    return response
