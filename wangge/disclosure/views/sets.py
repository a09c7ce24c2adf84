"""公开文本: the sets as they will be printed, on screen; every figure opens to the rows of the books behind it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from wangge.disclosure.documents.filling import Cell, Filled, Heading, Paper, Row, Text
from wangge.disclosure.documents.papers import KINDS
from wangge.disclosure.services import sets as services
from wangge.disclosure.terms import FILE_FORMATS
from wangge.finance import queries as finance
from wangge.finance.terms import (
    SOURCE_NAMES,
    BalanceRow,
    EvaluatedIndicator,
    GoalIndicator,
    IncomeRow,
    LineRow,
    RegisterRow,
    yuan,
)
from wangge.identity.access import requires
from wangge.kernel import clock
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import MISSING, PlainForm, attempt, download
from wangge.kernel.request import Request

SEE = requires(*services.SEEING)


class AskForm(PlainForm):
    """Which set to look at."""

    unit = forms.ChoiceField(label="预算单位", error_messages=MISSING)
    year = forms.IntegerField(
        label="年度",
        min_value=2007,
        max_value=2099,
        error_messages={
            **MISSING,
            "min_value": "年度应为四位数字，例如 2022。",
            "max_value": "年度应为四位数字，例如 2022。",
        },
    )
    kind = forms.ChoiceField(label="种类", choices=list(KINDS.items()), error_messages=MISSING)

    def __init__(self, units: list[tuple[str, str]], *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.units = units
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ChoiceField)
        unit.choices = units


def _ask(request: Request) -> AskForm:
    units = [(u.code, f"{u.code} {u.name}") for u in finance.units(request.actor)]
    return AskForm(units, request.GET if "unit" in request.GET else None, initial={"year": clock.today().year})


def _paper(request: Request, form: AskForm) -> Paper | None:
    """The set that was asked for; None when the form or the books refuse, and the form says why."""
    if not form.is_valid():
        return None
    asked = form.cleaned_data
    found: Paper | None = attempt(
        form, lambda: services.paper(request.actor, asked["unit"], asked["year"], asked["kind"])
    )
    return found


def _query(form: AskForm) -> str:
    return urlencode({name: form.cleaned_data[name] for name in ("unit", "year", "kind")})


@require_GET
@SEE
def show(request: Request) -> HttpResponse:
    """Choose unit, year and kind; below, the set as it will be printed."""
    form = _ask(request)
    paper = _paper(request, form)
    context: dict[str, Any] = {"form": form, "units": form.units, "formats": FILE_FORMATS.items()}
    if paper is not None:
        context |= {"paper": paper, "query": _query(form), "kind": KINDS[paper.kind]}
        context |= {"blocks": list(_blocks(paper, _query(form))), "tables": list(enumerate(paper.tables))}
    return render(request, "disclosure/sets/show.html", context, status=422 if form.errors else 200)


@require_GET
@SEE
def file(request: Request, form: str) -> HttpResponse:
    """The set as a file."""
    if form not in FILE_FORMATS:
        raise NotHere("格式")
    ask = _ask(request)
    if (paper := _paper(request, ask)) is None:
        return render(request, "disclosure/sets/show.html", {"form": ask, "units": ask.units}, status=422)
    return download(services.render(paper, form), f"{''.join(paper.title)}.{form}")


@require_GET
@SEE
def rows(request: Request) -> HttpResponse:
    """The rows of the books behind one printed figure (`at`: block, row, column) or one sentence (`at`: block)."""
    form = _ask(request)
    if (paper := _paper(request, form)) is None:
        return render(request, "disclosure/sets/show.html", {"form": form, "units": form.units}, status=422)
    opened = _opened(paper, request.GET.get("at", ""))
    if opened is None:
        raise NotHere("数字")
    found = [_shown(row) for row in opened.rows]
    context = {"paper": paper, "opened": opened, "rows": found, "query": _query(form), "kind": KINDS[paper.kind]}
    return render(request, "disclosure/sets/rows.html", context)


# ---- what the templates show --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """A figure with what is behind it."""

    where: str
    text: str
    yuan: str
    rows: tuple[Row, ...]


def _opened(paper: Paper, at: str) -> Opened | None:
    try:
        if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,5}){0,2}", at):
            return None
        number, *place = (int(n) for n in at.split("."))
        block = paper.blocks[number]
        if isinstance(block, Text) and not place:
            return Opened("说明", block.text, "", block.rows)
        if isinstance(block, Filled):
            cell = block.grid[place[0]][place[1]]
            return Opened(_where(block, *place[:2]), cell.text, yuan(cell.yuan), cell.rows) if cell else None
    except IndexError:
        pass
    return None


def _where(table: Filled, y: int, x: int) -> str:
    label = next((c.text for c in reversed(table.grid[y][:x]) if c and c.look == "label" and c.text), "")
    heads = [_over(table, row, x) for row in range(table.head)]
    return f"{table.number} {table.title}　{label}　{'·'.join(dict.fromkeys(h for h in heads if h))}".strip("　 ")


def _over(table: Filled, y: int, x: int) -> str:
    """The word of the heading that covers a place."""
    for left in range(x, -1, -1):
        cell = table.grid[y][left]
        if cell is not None:
            return cell.text if left + cell.columns > x and not cell.text.isdigit() else ""
    return ""


def _blocks(paper: Paper, query: str) -> Iterator[dict[str, Any]]:
    address, table = reverse("disclosure:set-rows"), 0
    for number, block in enumerate(paper.blocks):
        if isinstance(block, Heading):
            yield {"is": "heading", "block": block}
        elif isinstance(block, Text):
            yield {"is": "text", "text": block.text, "url": f"{address}?{query}&at={number}" if block.rows else ""}
        else:
            base = f"{address}?{query}&at={number}."
            grid = [
                [_cell(c, f"{base}{y}.{x}", y < block.head) for x, c in enumerate(row) if c is not None]
                for y, row in enumerate(block.grid)
            ]
            yield {"is": "table", "block": block, "id": table, "head": grid[: block.head], "body": grid[block.head :]}
            table += 1


def _cell(cell: Cell, url: str, is_head: bool) -> dict[str, Any]:
    return {
        "text": cell.text,
        "columns": cell.columns,
        "lines": cell.lines,
        "look": cell.look,
        "is_head": is_head or cell.look == "head",
        "url": url if cell.rows and cell.text else "",
    }


def _shown(row: Row) -> dict[str, Any]:
    """One row of the books in words."""
    if isinstance(row, LineRow):
        what = [f"{row.function} {row.function_name}", f"{row.economic} {row.economic_name}", row.project_name]
        return {"what": what, "source": SOURCE_NAMES[row.source], "amount": yuan(row.amount), "ids": row.ids}
    if isinstance(row, IncomeRow):
        return {
            "what": [row.function, "收入", ""],
            "source": SOURCE_NAMES[row.source],
            "amount": yuan(row.amount),
            "ids": row.ids,
        }
    if isinstance(row, BalanceRow):
        words = f"年初 {row.opening}，分配 {row.distributed}，年末 {row.closing}"
        return {"what": ["结转和结余", words, ""], "source": SOURCE_NAMES[row.source], "amount": "", "ids": ()}
    if isinstance(row, RegisterRow):
        register = finance.REGISTERS[row.kind]
        words = f"{register.items[row.item][0]} {row.quantity.normalize():f} {row.unit}" if row.quantity else row.words
        return {"what": [register.name, words, row.words], "source": "", "amount": yuan(row.amount), "ids": (row.id,)}
    assert isinstance(row, GoalIndicator | EvaluatedIndicator)
    actual = f"，实际 {row.actual}" if isinstance(row, EvaluatedIndicator) else ""
    words = f"目标 {row.target}{actual}"
    return {"what": [row.level2, row.level3, words], "source": row.metric, "amount": "", "ids": (row.id,)}
