"""Builders for tests: squares of land, a small territory reached through the services, files as offices send them."""

import io
import json
import zipfile
from datetime import date
from typing import Any

import shapefile

from wangge.kernel.actor import SYSTEM, Actor
from wangge.territory import rules, services
from wangge.territory.models import GridCell

JINGLONG = 430204005000000
XINMIN = 430204005001000
SHIDAI = 430204005003000
TIANXIN = 430204001002000
START = date(2020, 1, 1)
# Degrees of a metre near 27.9° N, for squares of a chosen size.
LNG_M, LAT_M = 1 / 98_470.0, 1 / 110_810.0
CORNER = (113.10, 27.90)


def square(x: float, y: float, size: float = 200.0, height: float | None = None) -> dict[str, Any]:
    """A rectangle whose south-west corner lies x, y metres from the corner of the test land."""
    west, south = CORNER[0] + x * LNG_M, CORNER[1] + y * LAT_M
    east, north = west + size * LNG_M, south + (height or size) * LAT_M
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def point(x: float, y: float) -> tuple[float, float]:
    return CORNER[0] + x * LNG_M, CORNER[1] + y * LAT_M


def editor(place: int = JINGLONG, *rights: str) -> Actor:
    """A member of the grid centre of a place, with the rights to edit unless others are named."""
    lo, hi = rules.interval(place)
    return Actor(
        id=7,
        name="周敏",
        rights=frozenset(rights or ("territory.edit", "territory.view")),
        lo=lo,
        hi=hi,
        post_name="街道分中心",
    )


def divisions() -> None:
    services.load_divisions(actor=SYSTEM)


def cell(x: float, y: float = 0.0, size: float = 200.0, community: int = XINMIN, **more: Any) -> GridCell:
    more.setdefault("from_on", START)
    return services.draw_cell(actor=SYSTEM, community=community, geometry=square(x, y, size), **more)


def geojson(*rows: tuple[dict[str, Any], dict[str, Any] | None]) -> bytes:
    features = [{"type": "Feature", "properties": p, "geometry": g} for p, g in rows]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def shp(rows: list[tuple[str, str, dict[str, Any]]], *, encoding: str = "utf-8", prj: str = "", cpg: str = "") -> bytes:
    """A zipped Shapefile of (name, community, polygon)."""
    parts = {k: io.BytesIO() for k in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, encoding=encoding) as writer:
        writer.field("wgmc", "C", 80)
        writer.field("sqbm", "C", 20)
        for name, community, polygon in rows:
            writer.poly(polygon["coordinates"])
            writer.record(name, community)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for kind, content in parts.items():
            archive.writestr(f"网格.{kind}", content.getvalue())
        if prj:
            archive.writestr("网格.prj", prj)
        if cpg:
            archive.writestr("网格.cpg", cpg)
    return packed.getvalue()


def kml(rows: list[tuple[str, str, dict[str, Any]]], head: str = "") -> bytes:
    marks = "".join(
        f"<Placemark><name>{name}</name><ExtendedData><Data name='sqbm'><value>{community}</value></Data></ExtendedData>"
        "<Polygon><outerBoundaryIs><LinearRing><coordinates>"
        + " ".join(f"{x},{y},0" for x, y in polygon["coordinates"][0])
        + "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        for name, community, polygon in rows
    )
    return f'<?xml version="1.0"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>'.encode()
