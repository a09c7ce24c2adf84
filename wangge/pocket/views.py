"""The edge of the phone: a shell without any data in it, and JSON."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.casework import queries as casework
from wangge.identity import access
from wangge.kernel import files
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.request import Request
from wangge.kernel.web import answer
from wangge.pocket import collecting, shapes, sync

HERE = Path(__file__).parent
MODULES = HERE / "static" / "pocket"
SHARED = ("wangge/tokens.css", "wangge/common.css", "wangge/pocket.css", "wangge/map.js", "wangge/icons/mark.svg",
          "wangge/icons/icon-192.png", "vendor/leaflet-1.9.4/leaflet.js", "vendor/leaflet-1.9.4/leaflet.css")  # fmt: skip


@lru_cache(maxsize=1)
def shell() -> tuple[str, list[str]]:
    """The version of the app (a digest of its files) and the addresses that the phone keeps."""
    kept = sorted(MODULES.glob("*.js"))
    statics = HERE.parent / "kernel" / "static"
    digest = hashlib.sha256((HERE / "templates" / "pocket" / "shell.html").read_bytes())
    for path in [*kept, *(statics / name for name in SHARED)]:
        digest.update(path.read_bytes())
    urls = [f"{settings.STATIC_URL}pocket/{p.name}" for p in kept] + [f"{settings.STATIC_URL}{name}" for name in SHARED]
    return digest.hexdigest()[:12], urls


@access.public
@require_GET
def home(request: Request) -> HttpResponse:
    """The shell: the same bytes for everybody, so that it can be kept on the phone and opened without a signal."""
    return render(request, "pocket/shell.html", {"version": shell()[0], "tile_url": settings.TILE_URL})


@access.public
@require_GET
def service_worker(request: Request) -> HttpResponse:
    """Served under /pocket/ so that it may look after that folder."""
    version, urls = shell()
    response = render(request, "pocket/sw.js", {"version": version, "urls": urls}, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


@access.public
@require_GET
def manifest(request: Request) -> HttpResponse:
    icons = [
        {"src": f"{settings.STATIC_URL}wangge/icons/{name}.png", "sizes": size, "type": "image/png", "purpose": purpose}
        for name, size, purpose in (
            ("icon-192", "192x192", "any"),
            ("icon-512", "512x512", "any"),
            ("icon-maskable-512", "512x512", "maskable"),
        )
    ]
    content = {
        "name": "网格通",
        "short_name": "网格通",
        "lang": "zh-Hans",
        "id": "/pocket/",
        "start_url": "/pocket/",
        "scope": "/pocket/",
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "icons": icons,
    }
    return JsonResponse(content, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@require_GET
def bootstrap(request: Request) -> HttpResponse:
    return _private(shapes.bootstrap(request.actor, request.account, get_token(request)))


@require_GET
def case(request: Request, number: str) -> HttpResponse:
    return _private(shapes.whole(request.actor, number))


@gzip_page  # a page of doors shrinks to a tenth; nothing in it repeats what the request said
@access.requires("registry.edit")
@require_GET
def doors(request: Request) -> HttpResponse:
    """A page of the doors of a cell (`?cell=` code, `?after=` where the last page ended)."""
    cell, after = request.GET.get("cell", ""), request.GET.get("after", "")
    if not (cell.isdecimal() and len(cell) == 15):
        raise Refusal("bad_cell", "网格编号不正确。请重新选择网格。", field="cell", value=cell[:20])
    return _private(collecting.take_along(request.actor, int(cell), after))


@require_GET
def day(request: Request) -> HttpResponse:
    """Visits that are due and alarms that are open."""
    return _private(collecting.day(request.actor))


def _private(data: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response


@access.own_transaction
@require_POST
def send(request: Request) -> HttpResponse:
    """Each item is a transaction of its own: a refused one takes nothing else back."""
    try:
        results = sync.receive(request.actor, request.account, sync.unpack(request.read()))
    except Refusal as refusal:
        return answer(request, refusal)
    return JsonResponse({"results": results}, json_dumps_params={"ensure_ascii": False})


@require_http_methods(["GET", "HEAD", "PUT"])
def file(request: Request, sha256: str) -> HttpResponseBase:
    """PUT keeps a file under the hash of its bytes, once; GET shows it (`?thumb=1` small) to who sees its case."""
    if request.method == "PUT":
        return _keep(request, sha256)
    if not casework.can_see_file(request.actor, sha256):
        raise NotHere("照片或文件")
    found = files.find(sha256)
    small = files.thumb(found) if "thumb" in request.GET else None
    response = FileResponse(small or files.open_derivative(found), content_type=files.derivative_type(found))
    response["Cache-Control"] = "private, max-age=86400"
    return response


def _keep(request: Request, sha256: str) -> HttpResponse:
    request.actor.must("events.report")
    if not files.missing([sha256]):
        return JsonResponse({"sha256": sha256, "known": True})
    body = request.read()
    if hashlib.sha256(body).hexdigest() != sha256:
        raise Refusal("damaged_on_the_way", "照片在传送中损坏，请重新发送。", field="file", value=sha256)
    files.put(body, name=f"{sha256[:12]}", actor=request.actor)
    return JsonResponse({"sha256": sha256, "known": False}, status=201)
