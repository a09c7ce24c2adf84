"""Every address stands in one table that says who may enter, and does what the table says."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from tests.architecture.url_table import URLS
from wangge.identity.middleware import PUBLIC_PATHS

ROOT = Path(__file__).parents[2]
SAMPLES = {"int": "1", "placecode": "430204005001001", "uuid": "00000000-0000-4000-8000-000000000000"}


def patterns(resolver: Any = None, prefix: str = "", spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
    """(name with its name-spaces, path with sample values, view) of every address."""
    for one in (resolver or get_resolver()).url_patterns:
        here = prefix + path_of(one)
        if isinstance(one, URLResolver):
            yield from patterns(one, here, (*spaces, one.namespace) if one.namespace else spaces)
        elif isinstance(one, URLPattern):
            yield ":".join((*spaces, one.name or here)), "/" + here, one.callback


def path_of(one: Any) -> str:
    def sample(match: re.Match[str]) -> str:
        kind = type(one.pattern.converters[match[1]]).__name__.removesuffix("Converter").lower()
        return SAMPLES.get(kind, "x")

    return re.sub(r"<(?:\w+:)?(\w+)>", sample, str(one.pattern))


ALL = list(patterns())


def mark(view: Any, path: str) -> Any:
    """What the view's own marks say: "public", "staff", or the rights of which one is needed."""
    if getattr(view, "is_public", False) or path in PUBLIC_PATHS:
        return "public"
    return tuple(getattr(view, "rights", ())) or "staff"


def test_every_address_is_listed_and_every_entry_exists():
    names = {name for name, _, _ in ALL}
    assert len(ALL) > 20
    assert sorted(names - URLS.keys()) == [], "addresses that are not in url_table.py"
    assert sorted(URLS.keys() - names) == [], "entries of url_table.py without an address"


@pytest.mark.parametrize(("name", "path", "view"), ALL, ids=[n for n, _, _ in ALL])
def test_the_marks_of_the_view_say_what_the_table_says(name, path, view):
    assert mark(view, path) == URLS[name]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "path"), [(n, p) for n, p, _ in ALL], ids=[n for n, _, _ in ALL])
def test_a_stranger_enters_public_addresses_only(client, name, path):
    for ask in (client.get, client.post):
        response = ask(path)
        assert response.status_code < 500, f"{path} fails on an empty database"
        if URLS[name] != "public":
            to_login = response.status_code == 302 and response["Location"].startswith("/login")
            assert to_login or response.status_code in (401, 403), f"{path} lets a stranger in: {response.status_code}"


LINKS = re.compile(r'(?:href|action|formaction)="(/[^"#?]*)')
WRITTEN_LINKS = sorted(
    {
        (str(path.relative_to(ROOT)), link)
        for path in ROOT.glob("wangge/*/templates/**/*.html")
        for link in LINKS.findall(path.read_text("utf-8"))
        if "{%" not in link
    }
)


@pytest.mark.parametrize(("template", "link"), WRITTEN_LINKS)
def test_a_link_written_out_leads_somewhere(template, link):
    """A part that is filled in may be a number or a word; one of them has to fit."""
    for value in ("1", "word", "units", SAMPLES["placecode"], SAMPLES["uuid"]):
        try:
            resolve(re.sub(r"\{\{[^}]*\}\}", value, link))
        except Resolver404:
            continue
        return
    raise AssertionError(f"{template} leads to {link}, which no address answers")
