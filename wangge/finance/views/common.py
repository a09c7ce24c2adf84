"""What the pages share: whose books of which year, the verbs a thing offers, lists, files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from wangge.finance import terms
from wangge.finance.budget import queries as budget
from wangge.finance.budget import rules
from wangge.finance.terms import Source
from wangge.identity.access import requires
from wangge.kernel import clock, files, paging
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.forms import attempt, spreadsheet
from wangge.kernel.request import Request
from wangge.kernel.tables import Column, write_xlsx

ROOT = "/finance/"
SEE = requires(budget.VIEW)
TABS = (
    ("home", "", "总览"),
    ("preparation", "preparation", "预算编制"),
    ("lines", "lines", "预算指标"),
    ("adjustments", "adjustments", "预算调整"),
    ("payments", "payments", "支付"),
    ("contracts", "contracts", "合同"),
    ("incomes", "incomes", "收入与结转"),
    ("registers", "registers", "台账"),
    ("explanations", "explanations", "数字说明"),
    ("periods", "periods", "账期"),
    ("projects", "projects", "项目"),
)
MANY = 200


@dataclass(frozen=True, slots=True)
class Books:
    """A unit's books of a year."""

    unit: Any
    year: int

    @property
    def root(self) -> str:
        return f"{ROOT}u/{quote(self.unit.code, safe='')}/{self.year}/"

    @property
    def names(self) -> rules.Chart:
        return budget.chart(self.unit.place_code, self.year)


def books(request: Request, unit: str, year: int) -> Books:
    """The books of the address, remembered for the next time; `NotHere` for a unit or a year that is not there."""
    if year not in rules.YEARS:
        raise NotHere("年度账")
    found = Books(budget.unit(request.actor, unit), year)
    if request.session.get("books") != [unit, year]:
        request.session["books"] = [unit, year]
    return found


def page(
    request: Request, at: Books, template: str, context: Mapping[str, Any], *, tab: str, refused: bool = False
) -> HttpResponse:
    """A page of these books under its tab; 422 when a form on it was refused."""
    frame = {
        "at": at,
        "tab": tab,
        "tabs": TABS,
        "units": budget.units(request.actor),
        "years": sorted({at.year, *budget.years(at.unit), clock.today().year, clock.today().year + 1}, reverse=True),
    }
    return render(request, f"finance/{template}.html", {**frame, **context}, status=422 if refused else 200)


def done(request: Request, sentence: str, address: str) -> HttpResponse:
    messages.success(request, sentence)
    return HttpResponseRedirect(address)


# ---- verbs ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """One verb of a thing: its words, its form, what it does with `(request, thing, cleaned)`, what is said then."""

    label: str
    form: Callable[..., Any]
    do: Callable[[Any, Any, dict[str, Any]], Any]
    said: str
    right: str
    kind: str = ""


Offer = tuple[str, Act, Any]


def offers(acts: Mapping[str, Act], names: Iterable[str], actor: Actor, thing: Any, bound: Any = None) -> list[Offer]:
    """(name, act, form) of the verbs with these names that the actor has the right to; `bound` is (name, refused form):
    shown even when the thing has moved on meanwhile, so that the sentence is read."""
    made = []
    refused = bound[0] if bound else ""
    for name in dict.fromkeys((*names, *([refused] if refused else []))):
        act = acts[name]
        if actor.may(act.right):
            form = bound[1] if name == refused else form_of(act, name, thing)
            made.append((name, act, form))
    return made


def form_of(act: Act, name: str, thing: Any, *given: Any) -> Any:
    return act.form(*given, auto_id=f"{name}_%s", **({"thing": thing} if getattr(act.form, "of_thing", False) else {}))


def perform(request: Request, acts: Mapping[str, Act], name: str, thing: Any) -> Any:
    """Do the verb. None when it is done (a sentence is shown), else the form with what was wrong with it."""
    act = acts.get(name)
    if act is None:
        raise NotHere("操作")
    request.actor.must(act.right)
    form = form_of(act, name, thing, request.POST, request.FILES)
    if form.is_valid() and store(request, form):
        given = {**form.cleaned_data, "papers": form.kept}
        if attempt(form, lambda: (act.do(request, thing, given), True)):
            messages.success(request, act.said)
            return None
    return form


def store(request: Request, form: Any) -> bool:
    """Keep the files that came with the form, so that a refusal does not lose them; False when one is refused."""
    form.kept = list(dict.fromkeys(request.POST.getlist("papers")))
    uploads: list[Any] = request.FILES.getlist("uploads")
    for upload in uploads if "uploads" in form.fields else []:
        one = attempt(form, partial(files.put, upload, name=upload.name, actor=request.actor))
        if one is not None:
            form.kept.append(one.sha256)
    form.shown = [(h, f.original_name) for h, f in files.find_many(form.kept).items()]
    return not form.errors


def papers(hashes: Sequence[str], base: str) -> list[tuple[str, str]]:
    """(name, address) of stored files, served under `base`."""
    found = files.find_many(hashes)
    return [(found[h].original_name, f"{base}/{h}") for h in hashes if h in found]


# ---- lists ---------------------------------------------------------------------------------------------------------


def listed(
    request: Request, found: QuerySet[Any], sorts: Mapping[str, str], default: str, size: int = MANY
) -> tuple[paging.Page, str]:
    """One page in the order of `?sort=` and how many there are."""
    asked = request.GET.get("sort", default)
    name = asked.lstrip("-")
    if name not in sorts:
        asked, name = default, default.lstrip("-")
    order = (sorts[name], "pk") if sorts[name] != "pk" else ("pk",)
    one = paging.page(found, order=order, desc=asked.startswith("-"), after=request.GET.get("after"), size=size)
    return one, paging.count_capped(found, 5000)


def sheet(columns: Sequence[Column], rows: Iterable[Any], title: str, name: str) -> HttpResponse:
    return spreadsheet(write_xlsx(columns, rows, title), name)


# ---- lines ---------------------------------------------------------------------------------------------------------


def named(row: Any, names: rules.Chart) -> dict[str, Any]:
    """The words of a line's key in the year's chart."""
    source = Source(row.source)
    origin = f"（原{terms.SOURCE_NAMES[Source(row.origin)]}）" if source == Source.CARRYOVER else ""
    return {
        "row": row,
        "function": names["function"].get(row.function, ""),
        "economic": names["economic"].get(row.economic, ""),
        "project": row.project.name if row.project else "基本支出",
        "source": terms.SOURCE_NAMES[source] + origin,
    }


def line_words(row: Any, names: rules.Chart) -> str:
    """A line in one sentence, for lists to choose from."""
    n = named(row, names)
    return f"{row.function} {n['function']} · {row.economic} {n['economic']} · {n['project']} · {n['source']}"


def line_choices(actor: Actor, at: Books) -> list[tuple[str, str]]:
    """The lines in force with what each has left."""
    names = at.names
    return [
        (str(line.pk), f"{line_words(line, names)} · 可用 {line.available:,.2f}")
        for line in budget.appropriations(actor, at.unit.code, at.year)
    ]


def line_of(actor: Actor, at: Books, line_id: str) -> Any:
    """The line of these books with this id; `Refusal` on the field when there is none."""
    found = budget.appropriations(actor, at.unit.code, at.year).filter(pk=int(line_id)).first()
    if found is None:
        raise Refusal("no_line", "请从列表中选择一项预算指标。", field="line", value=line_id)
    return found


def number(raw: str) -> int:
    """A whole number of at most nine digits, 0 for anything else."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0
