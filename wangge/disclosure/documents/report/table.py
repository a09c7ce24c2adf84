"""The result for a terminal. Colours only where a terminal shows them; every colour has its word beside it."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wangge.disclosure.documents.model import Report
from wangge.disclosure.documents.report import contract
from wangge.disclosure.terms import KINDS, SEVERITIES

_STYLES = {"error": "bold red", "suspicious": "yellow", "rounding": "dim"}
MOST_GAPS = 20
# A file or a pipe has no width; wide enough that a formula stays on one line or two.
WIDTH = 160
# A cause that breaks many relations has a long formula; the other formats show all of it.
LONGEST = 140


def _console(width: int | None, colour: bool) -> Console:
    return Console(
        file=io.StringIO(),
        width=width or WIDTH,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        markup=False,
    )


def _printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().split("\n"))


def one(report: Report, width: int | None = None, colour: bool = False) -> str:
    """Head, findings, what was not understood, and one line of totals."""
    told, console = contract.as_json(report), _console(width, colour)
    console.print(Text(f"{told['unit']} {told['year']} 年{KINDS[told['kind']]}", style="bold"), Text(told["file"]))
    if told["findings"]:
        console.print(_findings(told["findings"]))
    for severity in ("error", "suspicious"):
        for f in told["findings"]:
            if f["severity"] == severity and f["explanation"]:
                console.print(Text(f"{f['number']}、{f['explanation']}", style=_STYLES[severity]))
    gaps = told["not_understood"]
    for gap in gaps[:MOST_GAPS]:
        console.print(Text(f"未识别：{gap['what']}，{gap['why']}{'（' + gap['where'] + '）' if gap['where'] else ''}"))
    if len(gaps) > MOST_GAPS:
        console.print(Text(f"未识别的另有 {len(gaps) - MOST_GAPS} 处，用 --format json 查看。"))
    checks, cover = told["checks"], told["coverage"]
    console.print(
        Text(
            f"核对 {checks['run']} 次：相符 {checks['passed']}，尾差 {checks['rounding']}，不符 {checks['failed']}；"
            f"读出 {cover['cells_read']}/{cover['cells_seen']} 格（{cover['share']:.1%}），未识别 {len(gaps)} 处。"
        )
    )
    return _printed(console)


def _findings(found: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("序号", justify="right")
    for name in ("类别", "规则"):
        table.add_column(name, no_wrap=True)
    for name, ratio in (("位置", 3), ("公开文本", 2), ("应为", 2), ("相差", 1), ("计算", 4)):
        table.add_column(name, ratio=ratio, overflow="fold")
    for f in found:
        style = _STYLES[f["severity"]]
        cells = (f["number"], SEVERITIES[f["severity"]], f["rule"], f["where"])
        formula = f["formula"] if len(f["formula"]) <= LONGEST else f["formula"][:LONGEST] + "…"
        more = (f["printed"], f["expected"], f["difference"], formula)
        table.add_row(*(Text(str(c), style=style if n < 2 else "") for n, c in enumerate((*cells, *more))))
    return table


def ranking(rows: Sequence[Mapping[str, Any]], width: int | None = None, colour: bool = False) -> str:
    """Several documents, worst first; below them those that could not be audited or repeat another."""
    console = _console(width, colour)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="审核排名", title_justify="left")
    table.add_column("名次", justify="right")
    table.add_column("文件", ratio=2, overflow="fold")
    table.add_column("单位", ratio=2, overflow="fold")
    table.add_column("年度", justify="right")
    table.add_column("种类", no_wrap=True)
    for word in SEVERITIES.values():
        table.add_column(word, justify="right")
    judged = [row for row in rows if not row.get("sentence")]
    for n, row in enumerate(judged, 1):
        counts = (Text(str(row[s]), style=_STYLES[s] if row[s] else "") for s in SEVERITIES)
        table.add_row(str(n), Text(row["file"]), Text(row["unit"]), str(row["year"]), KINDS[row["kind"]], *counts)
    if judged:
        console.print(table)
    for row in rows:
        if row.get("sentence"):
            console.print(Text(f"未审核：{row['file']}"), Text(row["sentence"]))
    return _printed(console)
