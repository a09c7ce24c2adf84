"""预算编制: versions, their lines as a grid, and the way to the 批复."""

import base64
from functools import partial
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from wangge.finance import services, terms
from wangge.finance.budget import queries as budget
from wangge.finance.budget import rules, sheets
from wangge.finance.forms import grid
from wangge.finance.forms.fields import coded
from wangge.finance.forms.plans import BaselineForm, EmptyForm, IssueForm, OpinionForm, SendBackForm, SheetForm
from wangge.finance.views.common import SEE, Act, Books, books, done, number, offers, page, perform, sheet
from wangge.identity import queries as identity
from wangge.identity.access import requires
from wangge.kernel import flow, tables
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.forms import attempt
from wangge.kernel.request import Request

PREPARE = requires(rules.PREPARE)
NEXT = {
    "draft": "下一步：由财务经办提交。",
    "submitted": "下一步：由单位负责人审核通过或退回；提交人可以撤回。",
    "unit_approved": "下一步：由区财政审核通过或退回。",
    "accepted": "下一步：由区财政填写文号批复，或退回。",
    "returned": "已退回：由财务经办在新版本上修改。",
    "issued": "已批复。如需变动，请办理预算调整。",
}


def _act(command: str, form: Any, said: str, kind: str = "") -> Act:
    """A step of `rules.MOVES` as a verb."""

    def do(request: Request, version: Any, given: dict[str, Any]) -> Any:
        given = {k: v for k, v in given.items() if k != "papers"}
        return services.move_preparation(actor=request.actor, preparation_id=version.pk, command=command, **given)

    right = next(m.right for (_, name), m in rules.MOVES.items() if name == command)
    return Act(
        rules.PREPARATION_LABELS[command], form, do, said, right if command != "send_back" else budget.VIEW, kind
    )


ACTS = {
    "submit": _act("submit", EmptyForm, "已提交单位审核。", "primary"),
    "recall": _act("recall", EmptyForm, "已撤回，可以继续修改。"),
    "approve": _act("approve", OpinionForm, "单位审核已通过，送区财政。", "primary"),
    "accept": _act("accept", OpinionForm, "财政审核已通过，可以批复。", "primary"),
    "issue": _act("issue", IssueForm, "预算已批复，各项指标已经建立。", "primary"),
    "send_back": _act("send_back", SendBackForm, "已退回。"),
}


@require_GET
@SEE
def preparations(request: Request, unit: str, year: int) -> HttpResponse:
    """Every version of the unit's budget of the year."""
    at = books(request, unit, year)
    found = budget.preparations(request.actor, unit, year)
    rows = [(v, sum((r.amount for r in budget.prepared_lines(request.actor, v.pk)), rules.FEN * 0)) for v in found]
    may_open = request.actor.may(rules.PREPARE) and (not found or found[0].state == "returned")
    names = identity.account_names(i for v in found for i in (v.submitted_by, v.approved_by, v.decided_by) if i)
    context = {"rows": rows, "may_open": may_open, "names": names, "next": NEXT}
    return page(request, at, "preparations", context, tab="preparation")


@require_POST
@PREPARE
def begin(request: Request, unit: str, year: int) -> HttpResponse:
    made = services.open_preparation(actor=request.actor, unit_code=books(request, unit, year).unit.code, year=year)
    return done(request, f"已建立第 {made.version} 版。", f"/finance/preparations/{made.pk}")


@require_GET
@SEE
def preparation(request: Request, preparation_id: int) -> HttpResponse:
    return _page(request, budget.preparation(request.actor, preparation_id))


@require_POST
@SEE
def act(request: Request, preparation_id: int, command: str) -> HttpResponse:
    form = perform(request, ACTS, command, budget.preparation(request.actor, preparation_id))
    if form is None:
        return HttpResponseRedirect(f"/finance/preparations/{preparation_id}")
    return _page(request, budget.preparation(request.actor, preparation_id), act=(command, form))


@require_POST
@PREPARE
def save(request: Request, preparation_id: int) -> HttpResponse:
    """Every row of the grid takes the place of what the version held."""
    one, form = budget.preparation(request.actor, preparation_id), EmptyForm(request.POST)
    at = books(request, one.unit.code, one.year)
    given = grid.rows(request.POST)
    lines, seen = grid.items(given, at.names, {}), request.POST.get("seen", "")
    if not any(row.faults for row in given) and form.is_valid():
        act = partial(
            services.set_lines, actor=request.actor, preparation_id=one.pk, lines=lines, replace=True, seen=seen
        )
        if attempt(Blamed(form, given), act):
            return done(request, f"已保存 {len(lines)} 行。", f"/finance/preparations/{one.pk}")
    return _page(request, one, given=given, form=form)


class Blamed:
    """A form whose refusals also land beside the row they name."""

    def __init__(self, form: Any, given: list[grid.Row]) -> None:
        self.form, self.given = form, given

    def refuse(self, refusal: Refusal) -> None:
        grid.blame(self.given, refusal)
        self.form.refuse(refusal)


@require_POST
@PREPARE
def baseline(request: Request, preparation_id: int) -> HttpResponse:
    """Reckon 基本支出 from posts and standards."""
    one, form = budget.preparation(request.actor, preparation_id), BaselineForm(request.POST)
    names = {c: n for c, n in books(request, one.unit.code, one.year).names["function"].items() if len(c) == 7}

    def fill() -> Any:
        code = coded(form.cleaned_data["function"], names, "function", "功能分类")
        return services.fill_baseline(actor=request.actor, preparation_id=one.pk, function=code)

    if form.is_valid() and attempt(form, fill):
        return done(request, "已按编制人员和定额标准测算，逐行写明算法。", f"/finance/preparations/{one.pk}")
    return _page(request, one, baseline=form)


@require_POST
@PREPARE
def take_in(request: Request, preparation_id: int) -> HttpResponse:
    """Replace the lines by those of a table; every fault names row, column and value."""
    one, form = budget.preparation(request.actor, preparation_id), SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, one, sheet=form)
    sent, seen = form.cleaned_data["file"], request.POST.get("seen", "")
    given = {"preparation_id": one.pk, "stream": sent.read(), "name": sent.name, "seen": seen}
    result = attempt(form, lambda: services.import_lines(actor=request.actor, **given))
    if result is None:
        return _page(request, one, sheet=form)
    if result.errors:
        return faults(request, result, "预算明细未导入", f"/finance/preparations/{one.pk}")
    return done(request, f"已导入 {len(result.rows)} 行，替换了原有各行。", f"/finance/preparations/{one.pk}")


def faults(request: Request, result: tables.Result, title: str, back: str) -> HttpResponse:
    """What was wrong with a table, and the refused rows to mend."""
    context = {
        "title": title,
        "back": back,
        "faults": result.errors[:200],
        "total": len(result.errors),
        "refused": len(result.refused),
        "sheet": base64.b64encode(tables.error_file(result)).decode(),
    }
    return render(request, "finance/faults.html", context, status=422)


@require_GET
@SEE
def export(request: Request, preparation_id: int) -> HttpResponse:
    one = budget.preparation(request.actor, preparation_id)
    basis = dict(one.lines.values_list("pk", "basis"))
    rows = [sheets.row(line, basis[line.ids[0]]) for line in budget.prepared_lines(request.actor, one.pk)]
    title = f"{one.unit.name}{one.year}年预算第{one.version}版"
    return sheet(sheets.COLUMNS, rows, title, f"budget-{one.unit.code}-{one.year}-{one.version}")


@require_GET
@SEE
def compare(request: Request, preparation_id: int) -> HttpResponse:
    """What differs from another version of the same year: `?with=` its number, else the one before."""
    one = budget.preparation(request.actor, preparation_id)
    versions = budget.preparations(request.actor, one.unit.code, one.year)
    wanted = number(request.GET.get("with", "")) or one.version - 1
    other = next((v for v in versions if v.version == wanted and v.pk != one.pk), None)
    if other is None:
        raise NotHere("可以比较的版本")
    rows = budget.compared(request.actor, one.pk, other.pk)
    changed = [(r, terms.SOURCE_NAMES[r.source], before, now, now - before) for r, before, now in rows]
    context = {"one": one, "other": other, "rows": changed, "sum": sum((r[4] for r in changed), rules.FEN * 0)}
    context["versions"] = [v for v in versions if v.pk != one.pk]
    return page(request, books(request, one.unit.code, one.year), "preparation_compare", context, tab="preparation")


def _page(request: Request, one: Any, **refused: Any) -> HttpResponse:
    """The version; `refused` holds the form that was turned down (`act`, `form` with `given`, `baseline`, `sheet`)."""
    at = books(request, one.unit.code, one.year)
    lines = budget.prepared_lines(request.actor, one.pk)
    editing = one.state == "draft" and request.actor.may(rules.PREPARE)
    verbs, barred = _verbs(request.actor, one)
    people = {"提交": one.submitted_by, "单位审核": one.approved_by, "财政审核": one.decided_by}
    names = identity.account_names(i for i in people.values() if i)
    context = {
        "one": one,
        "lines": lines,
        "rows": _rows(at, one, lines, refused.get("given")) if editing else [],
        "shown": [] if editing else _shown(one, lines),
        "editing": editing,
        "seen": (refused and request.POST.get("seen")) or budget.digest(one),
        "totals": sheets.totals(lines, at.names["economic"]),
        "total": sum((line.amount for line in lines), rules.FEN * 0),
        "acts": offers(ACTS, verbs, request.actor, one, refused.get("act")),
        "barred": barred,
        "next": NEXT[one.state],
        "people": [(what, names.get(who, "系统")) for what, who in people.items() if who is not None],
        "base": f"/finance/preparations/{one.pk}",
        "form": refused.get("form"),
        "baseline": refused.get("baseline") or BaselineForm(),
        "sheet": refused.get("sheet") or SheetForm(),
        **codes(at),
        "sources": sheets.SOURCES,
        "projects": budget.projects(request.actor, one.unit.code, one.year),
    }
    return page(request, at, "preparation", context, tab="preparation", refused=bool(refused))


def codes(at: Books) -> dict[str, Any]:
    """The codes one may type: 项 of the functional and 款 of the economic classification."""
    names = at.names
    return {
        "functions": [(c, n) for c, n in sorted(names["function"].items()) if len(c) == 7],
        "economics": [(c, n) for c, n in sorted(names["economic"].items()) if len(c) == 5],
    }


def _rows(at: Books, one: Any, lines: list[Any], given: list[grid.Row] | None) -> list[grid.Row]:
    basis = dict(one.lines.values_list("pk", "basis"))
    stored = [
        grid.Row(
            {
                "function": f"{line.function} {line.function_name}",
                "economic": f"{line.economic} {line.economic_name}",
                "was": f"{line.economic}:{line.governmental}",
                "project": line.project,
                "source": str(line.source),
                "amount": f"{line.amount:.2f}",
                "basis": basis[line.ids[0]],
            }
        )
        for line in lines
    ]
    return grid.blanks(stored if given is None else given, source="general")


def _shown(one: Any, lines: list[Any]) -> list[tuple[Any, str, str]]:
    basis = dict(one.lines.values_list("pk", "basis"))
    return [(line, terms.SOURCE_NAMES[line.source], basis[line.ids[0]]) for line in lines]


def _verbs(actor: Any, one: Any) -> tuple[list[str], list[str]]:
    """The verbs that this person may take now, and why others of their right are barred to them."""
    relations = {n for n, who in (("submitter", one.submitted_by), ("approver", one.approved_by)) if who == actor.id}
    verbs, barred = [], []
    for (state, command), move in rules.MOVES.items():
        if state != one.state or not actor.may(move.right):
            continue
        refusal = flow.barrier(move, actor, command, rules.PREPARATION_LABELS, relations)
        if refusal is None:
            verbs.append(command)
        elif refusal.code == "separation_of_duties":
            barred.append(refusal.sentence)
    return verbs, barred
