"""The reference data of this room: files with source, date and version, read and checked, never written here."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from wangge.territory import rules

_DATA = Path(__file__).parent / "data"


def _table(name: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The `# key: value` lines at the head of a CSV, and its rows."""
    head: dict[str, str] = {}
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    while lines and lines[0].startswith("#"):
        key, _, value = lines.pop(0).lstrip("# ").partition(": ")
        head[key] = value
    return head, list(csv.DictReader(lines))


def divisions() -> tuple[str, date, list[tuple[int, str]]]:
    """(source, day from which they hold, [(15-digit code, official name)] by code)."""
    head, rows = _table("divisions.csv")
    return (
        head["source"],
        date.fromisoformat(head["since"]),
        sorted((rules.parse_code(r["code"]), r["name"]) for r in rows),
    )


def street_sides() -> dict[int, tuple[float, float]]:
    """About where a street lies in its district, (lng, lat), for the sketch."""
    _, rows = _table("street_sides.csv")
    return {rules.parse_code(r["code"]): (float(r["lng"]), float(r["lat"])) for r in rows}


@dataclass(frozen=True, slots=True)
class Outline:
    code: int
    name: str
    grade: str
    source: str
    limits: str
    since: date
    geometry: dict[str, Any]


def outlines() -> Iterator[Outline]:
    """Outlines of districts and counties, detailed before simplified."""
    found = json.loads((_DATA / "outlines.geojson").read_text(encoding="utf-8"))
    for feature in found["features"]:
        said = feature["properties"]
        yield Outline(
            rules.parse_code(said["code"]),
            said["name"],
            said["grade"],
            said["source"],
            said["limits"],
            date.fromisoformat(said["as_of"]),
            feature["geometry"],
        )


@lru_cache(maxsize=1)
def fixture_kinds() -> dict[str, tuple[str, str]]:
    """Four digits of a kind of fixture → (its class, its name), by code."""
    _, rows = _table("fixture_kinds.csv")
    return {r["code"]: (r["class"], r["name"]) for r in rows}
