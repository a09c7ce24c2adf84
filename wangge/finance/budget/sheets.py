"""The table in which the lines of a budget travel: exported, mended in a spreadsheet, taken in again."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from wangge.finance import terms
from wangge.finance.terms import LineAmount, LineKey, LineRow, Source
from wangge.kernel.tables import Column

SOURCES = {str(s): n for s, n in terms.SOURCE_NAMES.items() if s != Source.CARRYOVER}
COLUMNS = [
    Column("function", "功能分类", kind="code", required=True, help="7 位项级代码，如 2010301"),
    Column("function_name", "功能分类名称", help="只供核对，导入时不看"),
    Column("economic", "经济分类", kind="code", required=True, help="5 位款级代码，如 30201"),
    Column("economic_name", "经济分类名称", help="只供核对，导入时不看"),
    Column("governmental", "政府经济分类", kind="code", help="5 位款级代码；不填则按经济分类对应"),
    Column("project", "项目", help="项目名称或代码；基本支出不填"),
    Column("source", "资金来源", kind="choice", required=True, choices=SOURCES),
    Column("amount", "金额（元）", kind="decimal", required=True, aliases=("金额",), help="精确到分"),
    Column("basis", "测算说明", max_length=500),
]


def row(line: LineRow, basis: str) -> dict[str, Any]:
    return {c.key: getattr(line, c.key, "") for c in COLUMNS} | {"basis": basis, "project": line.project_name}


def item(values: Mapping[str, Any], projects: Mapping[str, str]) -> LineAmount:
    """A row as a line; `projects` maps names and codes to codes, an unknown one is left for the rules to refuse."""
    project = (values.get("project") or "").strip()
    key = LineKey(
        function=values["function"],
        economic=values["economic"],
        source=Source(values["source"]),
        project=projects.get(project, project) if project != "基本支出" else "",
        governmental=values.get("governmental") or "",
    )
    return LineAmount(key, values["amount"], values.get("basis") or "")


def totals(lines: Iterable[LineRow], names: Mapping[str, str]) -> list[tuple[str, Decimal]]:
    """(words, yuan): 基本支出 and its groups (`names` of the economic classification), every project, every source."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        kind = "项目支出" if line.project else "基本支出"
        part = line.project_name if line.project else names.get(line.economic[:3], line.economic[:3])
        for word in (kind, f"{kind}·{part}", f"来源·{terms.SOURCE_NAMES[line.source]}"):
            sums[word] = sums.get(word, Decimal(0)) + line.amount
    order = {"基": 0, "项": 1, "来": 2}
    return sorted(sums.items(), key=lambda pair: (order[pair[0][0]], pair[0]))
