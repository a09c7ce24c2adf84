"""看公开: what the units of the district have published, on the page, as files and as data."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wangge.disclosure import queries, terms
from wangge.identity import access
from wangge.kernel import files, paging
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import download, sent
from wangge.portal.views.common import Visit, needs_district, page


@require_safe
@needs_district
def find(request: Visit) -> HttpResponse:
    """The list, newest year first, by words, kind and year."""
    asked = request.GET
    year = asked.get("year", "").strip()
    found = queries.public_publications(
        request.district.code, asked.get("q", ""), asked.get("kind", ""), int(year) if year.isdecimal() else None
    )
    shown = paging.page(found, order=("year", "id"), desc=True, after=asked.get("after"), size=20)
    kinds = terms.KINDS
    rows = [(one, kinds.get(one.kind, "")) for one in shown]
    return page(
        request, "open/list", {"page": shown, "rows": rows, "kinds": kinds.items(), "district": request.district}
    )


@require_safe
@access.public
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One publication with its tables; a withdrawn one says only that, when and why."""
    found = queries.public_publication(number)
    shown = {
        "one": found,
        "files": [(terms.FILE_FORMATS.get(f.format, f.format), f) for f in queries.publication_files(found)],
        "changes": queries.publication_changes(found),
    }
    return page(request, "open/one", shown)


def _readable(number: str) -> Any:
    found = queries.public_publication(number)
    if found.state == "withdrawn":
        raise NotHere("公开文件")
    return found


@require_safe
@access.public
def file(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """One of its files, byte for byte as published."""
    found = next((f for f in queries.publication_files(_readable(number)) if f.format == kind), None)
    if found is None:
        raise NotHere("公开文件")
    return sent(files.find(found.sha256), found.name)


@require_safe
@access.public
def table(request: HttpRequest, number: str, table_id: str) -> HttpResponse:
    """One table as CSV."""
    data = queries.publication_csv(_readable(number), table_id)
    return download(data, f"{number}-{table_id}.csv")


@require_safe
@access.public
def package(request: HttpRequest, number: str) -> HttpResponse:
    """The whole as a Fiscal Data Package."""
    return download(queries.publication_package(_readable(number)), f"{number}.zip")
