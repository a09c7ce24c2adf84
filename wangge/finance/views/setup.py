"""预算单位, 项目, 增设科目, 定额标准: what the books rest on."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from wangge.finance import services, terms
from wangge.finance.accounts import queries as accounts
from wangge.finance.budget import queries as budget
from wangge.finance.budget import rules
from wangge.finance.forms.fields import coded
from wangge.finance.forms.setup import CodeForm, NewProjectForm, ProjectForm, StandardForm, UnitForm
from wangge.finance.views.common import SEE, books, done, number, page, sheet
from wangge.identity import queries as identity
from wangge.identity.access import requires
from wangge.kernel import clock
from wangge.kernel.forms import attempt
from wangge.kernel.request import Request
from wangge.kernel.tables import Column
from wangge.territory import queries as territory

CHART = requires("finance.chart")
ROOT = "/finance/setup/"
TABS = (("units", "预算单位"), ("codes", "增设科目"), ("standards", "定额标准"))


def _page(request: Request, template: str, context: dict[str, Any], tab: str, form: Any = None) -> HttpResponse:
    refused = bool(form is not None and form.errors)
    context = {"tabs": TABS, "tab": tab, "form": form, "may_chart": request.actor.may("finance.chart"), **context}
    return render(request, f"finance/setup/{template}.html", context, status=422 if refused else 200)


@require_GET
@SEE
def units(request: Request) -> HttpResponse:
    """Every unit in reach, with what its year came to."""
    words = request.GET.get("q", "").strip()
    found = [u for u in budget.units(request.actor) if words in u.code + u.name]
    if "export" in request.GET:
        columns = [
            Column("code", "代码"),
            Column("name", "名称"),
            Column("nature", "性质"),
            Column("department", "部门"),
        ]
        rows = [(u.code, u.name, u.get_nature_display(), u.department.name) for u in found]
        return sheet(columns, rows, "预算单位", "units")
    shown = [(u, territory.path_of(u.place_code), max(budget.years(u), default=clock.today().year)) for u in found]
    return _page(request, "units", {"rows": shown}, "units")


@require_http_methods(["GET", "POST"])
@CHART
def new_unit(request: Request) -> HttpResponse:
    offices = [
        (str(d.pk), f"{d.name}（{d.code}）") for d in identity.departments(request.actor, within=request.actor.lo)
    ]
    form = UnitForm(offices, request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = dict(form.cleaned_data)
        department = int(given.pop("department"))
        made = attempt(form, lambda: services.register_unit(actor=request.actor, department_id=department, **given))
        if made is not None:
            return done(request, f"已登记预算单位 {made.code}。", f"{ROOT}units")
    context = {"title": "登记预算单位", "verb": "登记预算单位", "back": f"{ROOT}units"}
    return _page(request, "form", context, "units", form)


@require_http_methods(["GET", "POST"])
@CHART
def codes(request: Request) -> HttpResponse:
    """What the district added to the chart of accounts; POST adds one."""
    form = CodeForm(request.POST if request.method == "POST" else None, initial={"first_year": clock.today().year})
    if form.is_valid():
        given = {**form.cleaned_data, "place_code": request.actor.lo}
        if made := attempt(form, lambda: services.add_code(actor=request.actor, **given)):
            return done(request, f"已增设科目 {made.code} {made.name}。", f"{ROOT}codes")
    rows = [(c, terms.KIND_NAMES[c.kind]) for c in budget.added_codes(request.actor)]
    return _page(request, "codes", {"rows": rows}, "codes", form)


@require_http_methods(["GET", "POST"])
@CHART
def standards(request: Request) -> HttpResponse:
    """The district's standards of `?year=`; POST sets one, over an earlier one of the same key."""
    year = number(request.GET.get("year", "")) or clock.today().year
    names = {c: n for c, n in budget.chart(request.actor.lo, year)["economic"].items() if len(c) == 5}
    form = StandardForm(request.POST if request.method == "POST" else None, initial={"year": year})
    if form.is_valid():
        given = {**form.cleaned_data, "place_code": request.actor.lo}

        def act() -> Any:
            economic = coded(given["economic"], names, "economic", "经济分类")
            return services.set_standard(actor=request.actor, **{**given, "economic": economic})

        if made := attempt(form, act):
            return done(request, f"{made.year} 年标准已保存。", f"{ROOT}standards?year={made.year}")
    rows = [(s, names.get(s.economic, "")) for s in budget.standard_list(request.actor, year)]
    context = {"rows": rows, "year": year, "economics": sorted(names.items()), "measures": rules.MEASURES}
    return _page(request, "standards", context, "standards", form)


# ---- projects of a unit --------------------------------------------------------------------------------------------


@require_GET
@SEE
def projects(request: Request, unit: str, year: int) -> HttpResponse:
    at, words = books(request, unit, year), request.GET.get("q", "").strip()
    found = [p for p in budget.projects(request.actor, unit) if words in p.code + p.name + p.purpose]
    lines = budget.appropriations(request.actor, unit, year)
    rows = [(p, budget.counters(lines.filter(project=p))) for p in found]
    if "export" in request.GET:
        names = ("code", "name", "purpose", "first_year", "last_year", "event_limit")
        titles = ("代码", "名称", "用途", "开始年度", "结束年度", "单个事件限额（元）")
        columns = [Column(n, t) for n, t in zip(names, titles, strict=True)]
        return sheet(columns, [[getattr(p, n) or "" for n in names] for p in found], "项目", f"projects-{unit}")
    return page(request, at, "projects", {"rows": rows}, tab="projects")


@require_http_methods(["GET", "POST"])
@requires(rules.PREPARE)
def new_project(request: Request, unit: str, year: int) -> HttpResponse:
    at = books(request, unit, year)
    form = NewProjectForm(request.POST if request.method == "POST" else None, initial={"first_year": year})
    if form.is_valid():
        add = lambda: services.register_project(actor=request.actor, unit_code=unit, **form.cleaned_data)  # noqa: E731
        if made := attempt(form, add):
            return done(request, f"已登记项目“{made.name}”。", f"{at.root}projects")
    return page(request, at, "project_new", {"form": form}, tab="projects", refused=bool(form.errors))


@require_http_methods(["GET", "POST"])
@SEE
def project(request: Request, unit: str, year: int, project_id: int) -> HttpResponse:
    """One project: its lines' money, what each event cost of an event fund; POST changes what it is called."""
    at = books(request, unit, year)
    one = budget.project_at(request.actor, unit, project_id)
    shown = {n: getattr(one, n) for n in ("name", "purpose", "last_year", "event_limit")}
    form = ProjectForm(request.POST if request.method == "POST" else None, initial=shown)
    if request.method == "POST":
        request.actor.must(rules.PREPARE)
        about: dict[str, Any] = {"actor": request.actor, "unit_code": unit, "code": one.code}
        if form.is_valid() and attempt(form, lambda: services.edit_project(**about, **form.cleaned_data)):
            return done(request, "项目已保存。", f"{at.root}projects/{project_id}")
    context = {
        "one": one,
        "form": form,
        "sums": budget.counters(budget.appropriations(request.actor, unit, year).filter(project=one)),
        "cases": accounts.event_costs(request.actor, unit, year, one) if one.event_limit else [],
        "may_edit": request.actor.may(rules.PREPARE),
    }
    return page(request, at, "project", context, tab="projects", refused=bool(form.errors))
