"""The same figures for machines: a table as CSV, the whole as a Fiscal Data Package (1.0rc1, frictionlessdata.io/specs).

The package is a zip of `datapackage.json`, one CSV of every line of money behind the tables, and one CSV of each table
as printed. The same publication gives the same bytes.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from wangge.disclosure.publications.models import Publication
from wangge.kernel.errors import NotHere

_STAMP = (2000, 1, 1, 0, 0, 0)
# (column, title, type, column type of the fiscal taxonomy)
LINE_FIELDS = (
    ("year", "年度", "integer", "date:fiscal-year"),
    ("unit_code", "单位代码", "string", "administrative-classification:generic:code"),
    ("unit_name", "单位名称", "string", "administrative-classification:generic:label"),
    ("direction", "收支方向", "string", "direction"),
    ("phase", "阶段", "string", "phase:id"),
    ("function", "功能科目代码", "string", "functional-classification:generic:code"),
    ("function_name", "功能科目名称", "string", "functional-classification:generic:label"),
    ("economic", "部门经济科目代码", "string", "economic-classification:generic:code"),
    ("economic_name", "部门经济科目名称", "string", "economic-classification:generic:label"),
    ("project", "项目名称", "string", "activity:generic:project:label"),
    ("source", "资金来源", "string", "fin-source:generic:label"),
    ("amount", "金额（元）", "number", "value"),
)


def table_csv(one: Publication, table_id: str) -> bytes:
    """One table as printed: its header, its rows, UTF-8 with the mark that spreadsheet programs look for."""
    table = next((t for t in one.contents["tables"] if t["id"] == table_id), None)
    if table is None:
        raise NotHere("表格")
    return _csv(table["columns"], table["rows"])


def package(one: Publication) -> bytes:
    """The Fiscal Data Package as a zip."""
    tables = one.contents["tables"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        _add(bundle, "datapackage.json", json.dumps(descriptor(one), ensure_ascii=False, indent=1).encode())
        lines = ([line[name] for name, *_ in LINE_FIELDS] for line in one.contents["lines"])
        _add(bundle, "data/lines.csv", _csv([name for name, *_ in LINE_FIELDS], lines))
        for table in tables:
            _add(bundle, f"data/{table['id'].lower()}.csv", _csv(table["columns"], table["rows"]))
    return out.getvalue()


def descriptor(one: Publication) -> dict[str, Any]:
    """`datapackage.json`: the lines with their meaning in the fiscal taxonomy, the printed tables as they are."""
    lines = {
        "name": "lines",
        "title": "收支明细",
        "path": "data/lines.csv",
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "schema": {
            "fields": [
                {"name": name, "title": title, "type": kind, "columnType": column}
                for name, title, kind, column in LINE_FIELDS
            ],
            "extraFields": [
                {"name": "currency", "type": "string", "columnType": "value-currency:code", "constant": "CNY"}
            ],
        },
    }
    printed = [
        {
            "name": t["id"].lower(),
            "title": t["title"],
            "path": f"data/{t['id'].lower()}.csv",
            "profile": "tabular-data-resource",
            "encoding": "utf-8",
            "schema": {"fields": [{"name": name, "type": "string"} for name in _distinct(t["columns"])]},
        }
        for t in one.contents["tables"]
    ]
    return {
        "name": one.number.lower(),
        "title": one.title,
        "profile": "fiscal-data-package",
        "countryCode": "CN",
        "granularity": "aggregated",
        "fiscalPeriod": {"start": f"{one.year}-01-01", "end": f"{one.year}-12-31"},
        "created": one.published_at.isoformat() if one.published_at else None,
        "hash": f"sha256:{one.contents_sha256}",
        "resources": [lines, *printed],
    }


def _distinct(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return found


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_distinct(columns))
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _add(bundle: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _STAMP)
    info.compress_type = zipfile.ZIP_DEFLATED
    bundle.writestr(info, data)
