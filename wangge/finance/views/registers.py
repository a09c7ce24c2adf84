"""台账, 数字说明: what stands behind printed sentences."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.finance import services
from wangge.finance.accounts import queries, rules
from wangge.finance.budget import queries as budget
from wangge.finance.budget import rules as budget_rules
from wangge.finance.forms.execution import RegisterForm, VoidForm
from wangge.finance.forms.plans import EmptyForm, SheetForm
from wangge.finance.views.common import SEE, Books, books, done, number, page, sheet
from wangge.finance.views.preparation import faults
from wangge.identity.access import requires
from wangge.kernel import clock, tables
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import attempt
from wangge.kernel.request import Request
from wangge.kernel.tables import Column

WRITE = requires("finance.registers")


def columns(kind: str) -> list[Column]:
    """The table of a register, out and in."""
    register = rules.REGISTERS[kind]
    items = {code: name for code, (name, _) in register.items.items()}
    tag = [Column("tag", "供应商规模", kind="choice", choices=register.tags, required=True)] if register.tags else []
    return [
        Column("item", "项目", kind="choice", choices=items, required=True),
        Column("on", "日期", kind="date", required=True),
        Column("quantity", "数量", kind="decimal"),
        Column("amount", "金额（元）", kind="decimal"),
        *tag,
        Column("words", "说明", max_length=300),
    ]


def _kind(kind: str) -> Any:
    if kind not in rules.REGISTERS:
        raise NotHere("台账")
    return rules.REGISTERS[kind]


@require_GET
@SEE
def registers(request: Request, unit: str, year: int) -> HttpResponse:
    """Every register with its lines and sums of the year."""
    at = books(request, unit, year)
    rows = queries.registers(request.actor, unit, year)
    kinds = [
        (
            code,
            r.name,
            [x for x in rows if x.kind == code],
            sum((x.amount or 0 for x in rows if x.kind == code), budget_rules.FEN * 0),
        )
        for code, r in rules.REGISTERS.items()
    ]
    return page(request, at, "registers", {"kinds": kinds}, tab="registers")


@require_http_methods(["GET", "POST"])
@SEE
def register(request: Request, unit: str, year: int, kind: str) -> HttpResponse:
    """One register; POST enters a line."""
    at, one = books(request, unit, year), _kind(kind)
    if request.method != "POST":
        return _page(request, at, kind)
    request.actor.must("finance.registers")
    form = RegisterForm(kind, request.POST)
    if form.is_valid():
        record = services.Record(kind, **{k: v for k, v in form.cleaned_data.items() if v not in (None, "")})
        if attempt(
            form, lambda: services.record_register(actor=request.actor, unit_code=unit, year=year, records=[record])
        ):
            return done(request, f"已登记到{one.name}。", f"{at.root}registers/{kind}")
    return _page(request, at, kind, form=form)


def _page(request: Request, at: Books, kind: str, **refused: Any) -> HttpResponse:
    one, asked = rules.REGISTERS[kind], request.GET
    rows = queries.registers(request.actor, at.unit.code, at.year, kind)
    words = asked.get("q", "").strip()
    rows = [r for r in rows if words in r.words + one.items[r.item][0] and asked.get("item", "") in ("", r.item)]
    today = clock.today()
    start = {"on": today if today.year == at.year else None, "item": asked.get("item", "")}
    context = {
        "kind": kind,
        "one": one,
        "rows": [(r, one.items[r.item][0], one.tags.get(r.tag, "")) for r in rows],
        "sum": sum((r.amount or 0 for r in rows), budget_rules.FEN * 0),
        "items": [(c, name) for c, (name, _) in one.items.items()],
        "may_write": request.actor.may("finance.registers"),
        "form": refused.get("form") or RegisterForm(kind, initial=start),
        "void": refused.get("void") or VoidForm(auto_id="void_%s"),
        "void_id": refused.get("void_id"),
        "sheet": refused.get("sheet") or SheetForm(auto_id="sheet_%s"),
    }
    return page(request, at, "register", context, tab="registers", refused=bool(refused))


@require_GET
@SEE
def export(request: Request, unit: str, year: int, kind: str) -> HttpResponse:
    one, shown = _kind(kind), columns(kind)
    rows = [{c.key: getattr(r, c.key) for c in shown} for r in queries.registers(request.actor, unit, year, kind)]
    return sheet(shown, rows, one.name, f"register-{kind}-{unit}-{year}")


@require_POST
@WRITE
def take_in(request: Request, unit: str, year: int, kind: str) -> HttpResponse:
    """Add the lines of a table, all or none."""
    at, one = books(request, unit, year), _kind(kind)
    form = SheetForm(request.POST, request.FILES, auto_id="sheet_%s")
    file = form.cleaned_data["file"] if form.is_valid() else None
    result = attempt(form, lambda: tables.read(file.read(), file.name, columns(kind))) if file else None
    if result is None:
        return _page(request, at, kind, sheet=form)
    if result.errors:
        return faults(request, result, f"{one.name}未导入", f"{at.root}registers/{kind}")
    records = [services.Record(kind, **{k: v for k, v in values.items() if v is not None}) for _, values in result.rows]
    if (
        attempt(form, lambda: services.record_register(actor=request.actor, unit_code=unit, year=year, records=records))
        is None
    ):
        return _page(request, at, kind, sheet=form)
    return done(request, f"已登记 {len(records)} 行。", f"{at.root}registers/{kind}")


@require_POST
@WRITE
def void(request: Request, unit: str, year: int, kind: str) -> HttpResponse:
    """Take a wrong line back; both lines stay in the books."""
    at, form, entry = (
        books(request, unit, year),
        VoidForm(request.POST, auto_id="void_%s"),
        number(request.POST.get("entry", "")),
    )
    _kind(kind)
    if form.is_valid() and attempt(
        form, lambda: services.void_register(actor=request.actor, entry_id=entry, **form.cleaned_data)
    ):
        return done(request, "这一行已作废。", f"{at.root}registers/{kind}")
    return _page(request, at, kind, void=form, void_id=entry)


@require_GET
@SEE
def explanations(request: Request, unit: str, year: int) -> HttpResponse:
    """The sentences that documents print beside figures."""
    at, words = books(request, unit, year), request.GET.get("q", "").strip()
    found = queries.explanations(request.actor, unit, year)
    names = _explained(request, at)
    rows = [(key, text, text) for key, text in found.items() if words in names.get(key, key) + text]
    return _explanations(request, at, rows, ("", "", ""))


def _explained(request: Request, at: Books) -> dict[str, str]:
    """What may be explained of these books, and what is, in words by key."""
    projects = {p.code: p.name for p in budget.projects(request.actor, at.unit.code)}
    used = budget.appropriations(request.actor, at.unit.code, at.year).values_list("function", flat=True)
    wanted = [
        *rules.EXPLAINED,
        *(f"purpose/{c}" for c in projects),
        *(f"reason/function/{c}" for c in sorted(set(used))),
    ]
    functions = at.names["function"]
    keys = dict.fromkeys((*wanted, *queries.explanations(request.actor, at.unit.code, at.year)))
    return {key: rules.explained(key, projects, functions) for key in keys}


def _explanations(
    request: Request, at: Books, rows: Any, fresh: tuple[str, str, str], form: Any = None
) -> HttpResponse:
    """`rows` and the new one as (name, text, text before)."""
    names, there = _explained(request, at), {key for key, _, _ in rows}
    context = {
        "rows": [(key, text, before, names.get(key, key)) for key, text, before in rows],
        "fresh": fresh,
        "missing": [(k, n) for k, n in names.items() if k not in there],
        "form": form,
        "may_write": request.actor.may("finance.registers"),
    }
    return page(request, at, "explanations", context, tab="explanations", refused=form is not None)


@require_GET
@SEE
def explanations_export(request: Request, unit: str, year: int) -> HttpResponse:
    shown, names = [Column("name", "名称"), Column("text", "说明")], _explained(request, books(request, unit, year))
    rows = [(names[k], text) for k, text in queries.explanations(request.actor, unit, year).items()]
    return sheet(shown, rows, "数字说明", f"explanations-{unit}-{year}")


@require_POST
@WRITE
def explain(request: Request, unit: str, year: int) -> HttpResponse:
    """Save the sentences that were changed; where another has changed one meanwhile nothing is saved."""
    at, form = books(request, unit, year), EmptyForm(request.POST)
    lists = [[v.replace("\r\n", "\n").strip() for v in request.POST.getlist(n)] for n in ("key", "text", "seen")]
    rows = list(zip(*lists, strict=False))
    texts, seen = {k: t for k, t, s in rows if t != s}, {k: s for k, t, s in rows if t != s}
    act = partial(services.explain, actor=request.actor, unit_code=unit, year=year, texts=texts, seen=seen)
    if form.is_valid() and (not texts or attempt(form, lambda: (act(), True))):
        return done(request, f"已保存 {len(texts)} 项说明。", f"{at.root}explanations")
    return _explanations(request, at, rows[:-1], rows[-1], form)
