"""Monitoring, self-evaluation, reports and the leaders' overview."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.finance.performance import forms, printing, queries, rules, services, terms
from wangge.finance.performance.views.common import EDIT, MOVE, SEE, attempt
from wangge.finance.performance.views.goals import ROOT, compared, moves
from wangge.finance.terms import wan
from wangge.finance.views.common import done
from wangge.kernel import clock, documents, files
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import download
from wangge.kernel.request import Request


@require_GET
@SEE
def overview(request: Request) -> HttpResponse:
    """`/finance/performance/overview?year=`: every unit's goals, warnings and grades."""
    year = forms.whole(request.GET.get("year", ""), clock.today().year)
    rows = queries.overview(request.actor, year)
    context = {
        "rows": [(r, terms.WARNINGS.get(r.warning, "")) for r in rows],
        "year": year,
        "years": queries.years(request.actor),
        "goals": sum(r.goals for r in rows),
        "approved": sum(r.approved for r in rows),
        "warned": sum(r.warning in ("yellow", "orange", "red") for r in rows),
        "judged": sum(len(r.evaluated) for r in rows),
        "tab": "overview",
    }
    return render(request, "finance/performance/overview.html", context)


@require_http_methods(["GET", "POST"])
@SEE
def monitoring(request: Request, goal_id: int) -> HttpResponse:
    """`?as_of=`: where goals and spending stand at a day; POST files it with the reasons."""
    one, given, refusal = queries.goal(request.actor, goal_id), request.POST or request.GET, None
    as_of = forms.day(given.get("as_of", ""), "as_of") or default_day(one.year)
    typed = forms.numbered(request.POST, "actual_")
    if request.method == "POST" and "show" not in given:
        refusal = attempt(
            lambda: services.file_monitoring(
                actor=request.actor,
                goal_id=goal_id,
                as_of=as_of,
                typed=typed,
                reasons=forms.numbered(request.POST, "reason_"),
                warnings=forms.numbered(request.POST, "warning_"),
                reason=given.get("reason", ""),
            )
        )
        if refusal is None:
            return done(request, "监控已登记。", f"{ROOT}/goals/{goal_id}/monitoring?as_of={as_of}")
    return _monitoring_page(request, one, as_of, typed, refusal)


def default_day(year: int) -> date:
    """The end of July (财预〔2019〕136号 第十二条), or today when that is earlier in the year."""
    today = clock.today()
    return today if today.year == year else date(year, 7, 31)


def _monitoring_page(
    request: Request, one: Any, as_of: date, typed: dict[int, str], refusal: Refusal | None
) -> HttpResponse:
    found = queries.monitor(one, as_of, typed)
    reasons = forms.numbered(request.POST, "reason_")
    context = {
        "goal": one,
        "found": found,
        "as_of": as_of,
        "today": clock.today(),
        "rows": [
            {
                "row": r,
                "id": r.indicator.pk,
                "warning": terms.WARNINGS[r.warning],
                "reason": reasons.get(r.indicator.pk, ""),
                "refused": refusal.sentence if refusal and refusal.field == f"reason_{r.indicator.pk}" else "",
            }
            for r in found.rows
        ],
        "money": [printing.wan(v) for v in (found.spending.initial, found.spending.budget, found.spending.spent)],
        "expected": "" if found.expected is None else wan(found.expected),
        "rate": rules.execution_rate(found.spending.budget, found.spending.spent),
        "warning": terms.WARNINGS[found.warning],
        "warnings": terms.WARNINGS,
        "filed": [
            (
                m,
                terms.WARNINGS[m.warning],
                [(r, terms.WARNINGS[r.warning]) for r in m.rows.all()],
                printing.wan(m.spent),
                "" if m.expected is None else wan(m.expected),
            )
            for m in queries.monitorings(one)
        ],
        "refusal": refusal,
        "may_file": request.actor.may(rules.EDIT) and bool(one.version) and one.kind != "summary",
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "finance/performance/monitoring.html", context, status=refusal.status if refusal else 200)


@require_POST
@EDIT
def start(request: Request, goal_id: int) -> HttpResponse:
    made = services.start_evaluation(actor=request.actor, goal_id=goal_id)
    return done(request, "已开始自评。资金取自账上，绑定的指标可以定稿取数。", f"{ROOT}/evaluations/{made.pk}")


def _page(request: Request, evaluation_id: int, refusal: Refusal | None = None) -> HttpResponse:
    one = queries.evaluation(request.actor, evaluation_id)
    value = queries.evaluation_value(one)
    results = list(one.results.select_related("indicator", "snapshot"))
    paper = printing.evaluation_paper(value)
    context = {
        "one": one,
        "value": value,
        "paper": paper,
        "rows": [(r, _origin(r)) for r in results],
        "faults": [] if one.loaded else queries.evaluation_faults(value, results),
        "bound": sum(bool(r.indicator and r.indicator.metric and not r.snapshot_id) for r in results),
        "investments": [printing.wan(one.investment), printing.wan(one.investment_fiscal)],
        "open": rules.may_edit(one.state) is None and request.actor.may(rules.EDIT),
        "moves": moves(request.actor, one, rules.EVALUATION_MOVES, rules.EVALUATION_LABELS),
        "refusal": refusal,
    }
    return render(request, "finance/performance/evaluation.html", context, status=refusal.status if refusal else 200)


def _origin(row: Any) -> str:
    if row.snapshot_id:
        return "统计"
    if row.actual and not row.evaluation.loaded and row.weight:
        return "人工"
    return ""


@require_http_methods(["GET", "POST"])
@SEE
def evaluation(request: Request, evaluation_id: int) -> HttpResponse:
    """The self-evaluation; POST saves its head."""
    if request.method == "GET":
        return _page(request, evaluation_id)
    seen = forms.whole(request.POST.get("seen", ""))
    names = ("expected", "achieved", "period", "investment", "investment_fiscal")
    fields = {name: request.POST[name] for name in names if name in request.POST}
    refusal = attempt(
        lambda: services.edit_evaluation(actor=request.actor, evaluation_id=evaluation_id, seen=seen, fields=fields)
    )
    if refusal:
        return _page(request, evaluation_id, refusal)
    return done(request, "已保存。", f"{ROOT}/evaluations/{evaluation_id}")


@require_POST
@EDIT
def fill(request: Request, evaluation_id: int, what: str) -> HttpResponse:
    """Take the money from the books again (`funds`), or freeze the bound figures (`freeze`)."""
    seen = forms.whole(request.POST.get("seen", ""))
    act = {"funds": services.refresh_funds, "freeze": services.freeze_results}[what]
    refusal = attempt(lambda: act(actor=request.actor, evaluation_id=evaluation_id, seen=seen))
    if refusal:
        return _page(request, evaluation_id, refusal)
    return done(
        request, "资金已按账上重取。" if what == "funds" else "数据已定稿。", f"{ROOT}/evaluations/{evaluation_id}"
    )


@require_POST
@MOVE
def move(request: Request, evaluation_id: int, command: str) -> HttpResponse:
    seen, text = forms.whole(request.POST.get("seen", "")), request.POST.get("text", "")
    given: dict[str, Any] = {"evaluation_id": evaluation_id, "seen": seen, "command": command, "text": text}
    refusal = attempt(lambda: services.act_on_evaluation(actor=request.actor, **given))
    if refusal:
        return _page(request, evaluation_id, refusal)
    return done(request, f"{terms.EVALUATION_COMMANDS[command]}已完成。", f"{ROOT}/evaluations/{evaluation_id}")


@require_GET
@SEE
def printed(request: Request, evaluation_id: int) -> HttpResponse:
    form = queries.evaluation_value(queries.evaluation(request.actor, evaluation_id))
    content = documents.pdf("finance/performance_evaluation", printing.evaluation_paper(form))
    return download(content, f"绩效自评表{form.year}-{form.id}.pdf")


@require_GET
@SEE
def report(request: Request, evaluation_id: int) -> HttpResponse:
    one = queries.evaluation(request.actor, evaluation_id)
    sources = {
        r.pk: f"（数据取自“{r.snapshot.definition['name']}”，定稿第 {r.snapshot.version} 版，共 {r.snapshot.rows_count} 条）"
        for r in one.results.select_related("snapshot")
        if r.snapshot
    }
    data = printing.report_paper(queries.evaluation_value(one), sources)
    content = documents.pdf("finance/performance_report", data)
    return download(content, f"绩效自评报告{one.year}-{one.pk}.pdf")


@require_GET
@SEE
def history(request: Request, evaluation_id: int) -> HttpResponse:
    one = queries.evaluation(request.actor, evaluation_id)
    context = {
        "one": one,
        "back": f"{ROOT}/evaluations/{one.pk}",
        "versions": compared(queries.versions(one), rules.EVALUATION_LABELS),
    }
    return render(request, "finance/performance/history.html", context)


@require_http_methods(["GET", "POST"])
@EDIT
def result(request: Request, result_id: int) -> HttpResponse:
    """What was reached of one indicator: value, points, reason, evidence."""
    row, refusal = queries.result(request.actor, result_id), None
    if request.method == "POST":
        refusal = attempt(lambda: _save(request, result_id))
        if refusal is None:
            return done(request, f"“{row}”已保存。", f"{ROOT}/evaluations/{row.evaluation_id}#result-{row.pk}")
    given = request.POST if refusal else {}
    names = ("actual", "score", "band", "reason", "evidence")
    # Points the rule gave are not offered back as typed ones: a corrected value must be scored anew.
    by_rule = queries.reached(row.target, row.actual) is not None and "自评扣减" not in row.explanation
    context = {
        "row": row,
        "one": row.evaluation,
        "shown": {n: given.get(n, "" if n == "score" and by_rule else getattr(row, n)) for n in names},
        "bands": [(b, w, *rules.band_range(row.weight, b, row.evaluation.year)) for b, w in terms.BANDS.items()],
        "stored": files.find(row.file) if row.file else None,
        "open": rules.may_edit(row.evaluation.state) is None,
        "refusal": refusal,
    }
    return render(request, "finance/performance/result.html", context, status=refusal.status if refusal else 200)


def _save(request: Request, result_id: int) -> None:
    given, sent = request.POST, request.FILES.get("file")
    services.save_result(
        actor=request.actor,
        result_id=result_id,
        seen=forms.whole(given.get("seen", "")),
        actual=given.get("actual", ""),
        score=given.get("score", ""),
        band=given.get("band", ""),
        reason=given.get("reason", ""),
        evidence=given.get("evidence", ""),
        file=(sent.read(), sent.name or "") if sent else None,
    )


@require_GET
@SEE
def result_rows(request: Request, result_id: int) -> HttpResponse:
    """The rows a frozen figure was counted from."""
    row = queries.result(request.actor, result_id)
    if row.snapshot is None or row.indicator is None:
        raise Refusal("not_frozen", "这条指标没有定稿的数据。请看佐证，或先定稿取数。", status=409)
    opened = queries.open_rows(request.actor, row.indicator, row.snapshot)
    context = {"row": row, "opened": opened, "back": f"{ROOT}/evaluations/{row.evaluation_id}"}
    return render(request, "finance/performance/rows.html", context)


@require_GET
@SEE
def evidence(request: Request, result_id: int) -> HttpResponse:
    """The clean copy of the file that proves a typed value."""
    row = queries.result(request.actor, result_id)
    if not row.file:
        raise Refusal("no_evidence_file", "这条指标没有上传佐证附件。", status=404)
    kept = files.find(row.file)
    with files.open_derivative(kept) as stream:
        return download(stream.read(), kept.original_name, files.derivative_type(kept))
