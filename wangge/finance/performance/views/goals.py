"""Goal forms: the list, the editor with its linter, bindings, tables, moves, history."""

import base64
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.finance.performance import forms, printing, queries, rules, services, sheets, terms
from wangge.finance.performance.goal_words import LEVEL2, lint_goal
from wangge.finance.performance.views.common import EDIT, MOVE, SEE, attempt
from wangge.finance.views.common import done
from wangge.kernel import clock, documents, flow, tables
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import download
from wangge.kernel.request import Request
from wangge.territory import queries as territory

ROOT = "/finance/performance"


def _year(request: Request) -> int:
    return forms.whole(request.GET.get("year", ""), clock.today().year)


def index_context(request: Request, refusal: Refusal | None = None) -> dict[str, Any]:
    year, owners = _year(request), queries.units(request.actor)
    code = request.GET.get("unit", "") or (owners[0].code if len(owners) == 1 else "")
    chosen = next((u for u in owners if u.code == code), None)
    return {
        "year": year,
        "years": queries.years(request.actor),
        "units": owners,
        "unit": chosen,
        "projects": queries.projects(chosen, year) if chosen else [],
        "goals": list(queries.goals(request.actor, code, year)),
        "evaluations": [
            (e, queries.evaluation_value(e))
            for e in queries.evaluations(request.actor, code, year).prefetch_related("funds", "results__snapshot")
        ],
        "kinds": terms.GOAL_KINDS,
        "refusal": refusal,
        "may_edit": request.actor.may(rules.EDIT),
        "tab": "forms",
    }


@require_GET
@SEE
def index(request: Request) -> HttpResponse:
    """`/finance/performance/?unit=&year=`: goal forms and self-evaluations."""
    return render(request, "finance/performance/index.html", index_context(request))


@require_POST
@EDIT
def create(request: Request) -> HttpResponse:
    given, made = request.POST, []
    refusal = attempt(
        lambda: made.append(
            services.create_goal(
                actor=request.actor,
                unit_code=given.get("unit", ""),
                year=forms.whole(given.get("year", "")),
                kind=given.get("kind", ""),
                project_code=given.get("project", ""),
                direction=given.get("direction", ""),
            )
        )
    )
    if refusal is None:
        return done(request, "已建立目标表，请填写各项指标。", f"{ROOT}/goals/{made[0].pk}")
    request.GET = given
    return render(request, "finance/performance/index.html", index_context(request, refusal), status=refusal.status)


def _page(request: Request, goal_id: int, refusal: Refusal | None = None) -> HttpResponse:
    """The editor; after a refusal with what was typed still in it."""
    one = queries.goal(request.actor, goal_id)
    value = queries.goal_value(one)
    faults = queries.lint_form(value)
    typed = {row["id"]: row for row in forms.rows(request.POST)} if refusal and "level3" in request.POST else {}
    rows = [
        {
            "row": i,
            "shown": typed.get(str(i.pk)) or i,
            "metric": queries.metric_named(i.metric),
            "faults": [f for key, f in faults if key == i.pk],
            "refused": refusal.sentence if refusal and (refusal.field or "").endswith(f"_{i.pk}") else "",
        }
        for i in one.indicators.all()
    ]
    context = {
        "goal": one,
        "value": value,
        "rows": rows,
        "fresh": typed.get("", {}),
        "whole_faults": [f for key, f in faults if not key],
        "errors_count": sum(f.severity == "error" for _, f in faults),
        "warnings_count": sum(f.severity == "warning" for _, f in faults),
        "weights": sum((i.weight or 0 for i in value.indicators), 0),
        "level2s": LEVEL2,
        "refusal": refusal,
        "open": rules.may_edit(one.state) is None and request.actor.may(rules.EDIT),
        "moves": moves(request.actor, one, rules.GOAL_MOVES, rules.GOAL_LABELS),
        "head": _head(one, request.POST if refusal else {}),
        "evaluation": one.evaluations.first(),
    }
    status = refusal.status if refusal else 200
    return render(request, "finance/performance/goal.html", context, status=status)


LABELS = {
    "special": "所属专项",
    "direction": "支出方向（子项）",
    "office": "主管部门",
    "period": "项目实施期",
    **services.AMOUNT_LABELS,
    "duties": "部门职责概述",
    "goal_period": "实施期绩效目标",
    "goal_year": "年度绩效目标",
}
SHOWN = {
    "whole": ("amount", "basic", "projects", "general", "fund", "other", "duties", "goal_year"),
    "summary": ("amount",),
    "direction": ("direction", "special", "office", "period", "amount", "general", "goal_period", "goal_year"),
}


def _head(one: Any, typed: Any) -> list[tuple[str, str, str, bool]]:
    """(name, label, value, long?) of the fields of the head."""
    made = []
    for name in SHOWN[one.kind]:
        value = getattr(one, name)
        shown = printing.wan(value) if name in services.AMOUNT_LABELS else value
        label = LABELS[name] + ("（万元）" if name in services.AMOUNT_LABELS else "")
        made.append((name, label, typed.get(name, shown), name in ("duties", "goal_period", "goal_year")))
    return made


def moves(actor: Any, one: Any, table: flow.Table, labels: dict[str, str]) -> list[tuple[str, str, bool]]:
    """(command, verb, needs words?) that this actor may take now."""
    known = queries.relations(actor, one)
    return [
        (command, labels[command], bool(found.needs))
        for (state, command), found in table.items()
        if state == one.state and flow.barrier(found, actor, command, labels, known) is None
    ]


@require_http_methods(["GET", "POST"])
@SEE
def goal(request: Request, goal_id: int) -> HttpResponse:
    """The form; POST saves its head."""
    if request.method == "GET":
        return _page(request, goal_id)
    given = {name: request.POST[name] for name in LABELS if name in request.POST}
    seen = forms.whole(request.POST.get("seen", ""))
    refusal = attempt(lambda: services.edit_goal(actor=request.actor, goal_id=goal_id, seen=seen, fields=given))
    return _page(request, goal_id, refusal) if refusal else done(request, "已保存。", f"{ROOT}/goals/{goal_id}")


@require_POST
@EDIT
def indicators(request: Request, goal_id: int) -> HttpResponse:
    """Save every row of the table, or take one away (`delete`)."""
    actor, remove = request.actor, request.POST.get("delete", "")
    if remove:
        refusal = attempt(
            lambda: services.delete_indicator(actor=actor, goal_id=goal_id, indicator_id=forms.whole(remove))
        )
    else:
        rows = forms.rows(request.POST)
        refusal = attempt(lambda: services.save_indicators(actor=actor, goal_id=goal_id, rows=rows))
    if refusal:
        return _page(request, goal_id, refusal)
    return done(request, "指标已删除。" if remove else "指标已保存。", f"{ROOT}/goals/{goal_id}#indicators")


@require_GET
@EDIT
def lint(request: Request, goal_id: int) -> HttpResponse:
    """What is wrong with one row as it is being typed; nothing is saved."""
    one = queries.goal(request.actor, goal_id)
    level2, level3, target = (request.GET.get(name, "") for name in ("level2", "level3", "target"))
    faults = lint_goal(level2, level3, target, one.year) if (level3 + target).strip() else []
    return render(request, "finance/performance/parts/faults.html", {"faults": faults, "checked": True})


@require_POST
@EDIT
def weights(request: Request, goal_id: int) -> HttpResponse:
    refusal = attempt(lambda: services.allot_weights(actor=request.actor, goal_id=goal_id))
    if refusal:
        return _page(request, goal_id, refusal)
    return done(request, "已按产出 50、效益 30、满意度 10 分配分值。", f"{ROOT}/goals/{goal_id}#indicators")


@require_POST
@EDIT
def lines(request: Request, goal_id: int) -> HttpResponse:
    """Add, save or delete a line of the summary or of the priorities; or compile the summary."""
    actor, given = request.actor, request.POST
    line = forms.whole(given.get("line", "")) or None
    if "compile" in given:
        refusal = attempt(lambda: services.compile_summary(actor=actor, goal_id=goal_id))
    elif "delete" in given:
        refusal = attempt(lambda: services.delete_line(actor=actor, goal_id=goal_id, line_id=line or 0))
    else:
        fields = {k: given[k] for k in sheets.LINE if k in given}
        refusal = attempt(lambda: services.save_line(actor=actor, goal_id=goal_id, line_id=line, fields=fields))
    return _page(request, goal_id, refusal) if refusal else done(request, "已保存。", f"{ROOT}/goals/{goal_id}#lines")


@require_POST
@MOVE
def move(request: Request, goal_id: int, command: str) -> HttpResponse:
    seen, text = forms.whole(request.POST.get("seen", "")), request.POST.get("text", "")
    refusal = attempt(
        lambda: services.act_on_goal(actor=request.actor, goal_id=goal_id, seen=seen, command=command, text=text)
    )
    if refusal:
        return _page(request, goal_id, refusal)
    return done(request, f"{terms.GOAL_COMMANDS[command]}已完成。", f"{ROOT}/goals/{goal_id}")


@require_GET
@SEE
def export(request: Request, goal_id: int) -> HttpResponse:
    form = queries.goal_value(queries.goal(request.actor, goal_id))
    return download(sheets.goal_sheet(form), f"绩效指标{form.year}-{form.id}.xlsx")


@require_GET
@SEE
def printed(request: Request, goal_id: int) -> HttpResponse:
    form = queries.goal_value(queries.goal(request.actor, goal_id))
    content = documents.pdf("finance/performance_goal", printing.goal_paper(form))
    return download(content, f"绩效目标表{form.year}-{form.id}.pdf")


@require_POST
@EDIT
def take_in(request: Request, goal_id: int) -> HttpResponse:
    """Replace the rows by those of a table: every fault named, and a file of the refused rows."""
    sent, results = request.FILES.get("file"), []
    if sent is None:
        return _page(request, goal_id, Refusal("file_missing", "请先选择要导入的表格（xlsx 或 csv）。", field="file"))
    seen = forms.whole(request.POST.get("seen", ""))
    given = {"goal_id": goal_id, "seen": seen, "stream": sent.read(), "name": sent.name or ""}
    refusal = attempt(lambda: results.append(services.import_indicators(actor=request.actor, **given)))
    if refusal:
        return _page(request, goal_id, refusal)
    if results[0].errors:
        return _faults(request, goal_id, results[0])
    return done(request, f"已导入 {len(results[0].rows)} 条指标。", f"{ROOT}/goals/{goal_id}#indicators")


def _faults(request: Request, goal_id: int, result: tables.Result) -> HttpResponse:
    context = {
        "goal": queries.goal(request.actor, goal_id),
        "faults": result.errors[:100],
        "total": len(result.errors),
        "refused": len(result.refused),
        "sheet": base64.b64encode(tables.error_file(result)).decode(),
    }
    return render(request, "finance/performance/import_faults.html", context, status=422)


@require_GET
@SEE
def history(request: Request, goal_id: int) -> HttpResponse:
    one = queries.goal(request.actor, goal_id)
    context = {
        "one": one,
        "back": f"{ROOT}/goals/{goal_id}",
        "versions": compared(queries.versions(one), rules.GOAL_LABELS),
    }
    return render(request, "finance/performance/history.html", context)


def compared(versions: list[Any], labels: dict[str, str]) -> list[tuple[Any, str, str, list[Any]]]:
    """(version, verb, state, what changed since the one before), newest first."""
    older: list[Any] = [*versions[1:], None]
    said = {**labels, "load": "导入历史表"}
    return [
        (v, said[v.command], said[v.state], queries.changes(was.content, v.content) if was else [])
        for v, was in zip(versions, older, strict=False)
    ]


@require_http_methods(["GET", "POST"])
@EDIT
def bind(request: Request, indicator_id: int) -> HttpResponse:
    """Choose the figure an indicator is counted by; `?q=` searches by name."""
    row, refusal = queries.indicator(request.actor, indicator_id), None
    if request.method == "POST":
        refusal = attempt(lambda: _bind(request.actor, indicator_id, request.POST))
        if refusal is None:
            return done(request, "已绑定，实际值由系统统计。", f"{ROOT}/goals/{row.goal_id}#row-{row.pk}")
    given = request.POST if refusal else {}
    words = request.GET.get("q", "")
    context = {
        "row": row,
        "goal": row.goal,
        "metrics": sorted(queries.search_metrics(words), key=lambda m: m.code != row.metric),
        "words": words,
        "chosen": given.get("metric") or row.metric,
        "place": given.get("place") or str(row.place_lo or row.goal.unit.place_code),
        "where": territory.path_of(row.place_lo or row.goal.unit.place_code),
        "starts": given.get("starts") or (row.starts_on or f"{row.goal.year}-01-01"),
        "ends": given.get("ends") or (queries.last_day(row)),
        "refusal": refusal,
    }
    return render(request, "finance/performance/bind.html", context, status=refusal.status if refusal else 200)


def _bind(actor: Any, indicator_id: int, given: Any) -> None:
    if not given.get("metric"):
        raise Refusal("metric_missing", "请选择一项数据。", field="metric")
    services.bind_indicator(
        actor=actor,
        indicator_id=indicator_id,
        metric=given["metric"],
        place_code=forms.place(given.get("place", "")),
        starts=forms.day(given.get("starts", ""), "starts"),
        ends=forms.day(given.get("ends", ""), "ends"),
    )


@require_POST
@EDIT
def unbind(request: Request, indicator_id: int) -> HttpResponse:
    row = services.unbind_indicator(actor=request.actor, indicator_id=indicator_id)
    return done(request, "已取消绑定，实际值由人工填写并附佐证。", f"{ROOT}/goals/{row.goal_id}#row-{row.pk}")


@require_GET
@SEE
def indicator_rows(request: Request, indicator_id: int) -> HttpResponse:
    """The rows a bound indicator is counted from, up to today."""
    row = queries.indicator(request.actor, indicator_id)
    if not row.metric:
        raise Refusal("not_bound", "这条指标没有绑定数据，实际值由人工填写。请看自评表中的佐证。", status=409)
    context = {"row": row, "opened": queries.open_rows(request.actor, row), "back": f"{ROOT}/goals/{row.goal_id}"}
    return render(request, "finance/performance/rows.html", context)
