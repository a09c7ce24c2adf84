"""What is done to one person's record, one small form each: roles, care, home, household, relations, leaving."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from wangge.identity.access import requires
from wangge.kernel import clock
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import attempt
from wangge.kernel.request import Request
from wangge.registry import queries, services, terms
from wangge.registry.forms import people as forms
from wangge.registry.rules import care as care_rules
from wangge.registry.rules import tables

EDIT = requires("registry.edit")
BOTH = require_http_methods(["GET", "POST"])


def page(
    request: Request, one: Any, form: Any, verb: str, done: str, act: Callable[[], Any], **more: Any
) -> HttpResponse:
    """A form about a person: shown, or carried out and back to the record."""
    if _is_act(request) and form.is_valid() and attempt(form, act) is not None:
        messages.success(request, done)
        return redirect("registry:person", one.pk)
    context = {"one": one, "form": form, "verb": verb, "sources": forms.SOURCES, **more}
    return render(request, "registry/person_act.html", context, status=422 if form.errors else 200)


def _is_act(request: Request) -> bool:
    """Is the form sent off? Looking somebody up is posted too, so that no name stands in an address."""
    return bool(request.method == "POST" and "look" not in request.POST)


def _given(request: Request) -> Any:
    return request.POST if _is_act(request) else None


def _fields(actor: Any, kind: str) -> tuple[str, Any]:
    """Title and further fields of a kind that the actor may write; any other kind does not exist for them."""
    if kind in terms.CARE and actor.may("registry.care"):
        return terms.CARE[kind], care_rules.fields(kind)
    known = {**terms.ROLES, **{k: v for k, v in terms.SPECIAL.items() if queries.may_see(actor, k)}}
    if kind not in known:
        raise NotHere("人口类别")
    actor.must("registry.edit" if kind in terms.ROLES else "registry.special")
    return known[kind][0], tables.table(known[kind][1]).extra


@BOTH
@requires("registry.edit", "registry.special", "registry.care")
def begin(request: Request, person_id: int, kind: str) -> HttpResponse:
    """Begin an episode of a role, a care group or a special group."""
    one, (title, fields) = queries.person(request.actor, person_id), _fields(request.actor, kind)
    care = kind in terms.CARE
    start = {"since": clock.today(), "source": "入户采集"}
    form = forms.DetailsForm(fields, _given(request), own=queries.own_labels(request.actor), care=care, initial=start)
    service = services.begin_care if care else services.begin_role

    def act() -> Any:
        said = form.cleaned_data
        return service(
            actor=request.actor,
            person_id=one.pk,
            kind=kind,
            since=said["since"],
            details=form.details(),
            source=said["source"],
            partial=True,
        )

    return page(request, one, form, f"登记{title}", f"{title}已登记。", act, is_wide=True)


def _row(request: Request, person_id: int, kind: str, row_id: int) -> Any:
    paper = queries.record(request.actor, person_id)
    for episode in (*paper.roles, *paper.cares, *paper.specials):
        if episode.kind == kind and episode.row.pk == row_id:
            return paper.one, episode
    raise NotHere("登记")


@BOTH
@requires("registry.edit", "registry.special", "registry.care")
def change(request: Request, person_id: int, kind: str, row_id: int) -> HttpResponse:
    """Put right the further fields of an episode."""
    one, episode = _row(request, person_id, kind, row_id)
    title, fields = _fields(request.actor, kind)
    care, held = kind in terms.CARE, queries.open_details(kind, episode.row)
    secret = {f.key for f in fields if f.sealed}
    masks = {key: queries.masked_detail(key, str(held[key])) for key in secret & set(held)}
    start = {k: v for k, v in held.items() if k not in secret} | {
        "source": episode.row.source,
        "from_on": clock.today(),
    }
    form = forms.DetailsForm(
        fields,
        _given(request),
        own=queries.own_labels(request.actor),
        held=masks,
        since=False,
        care=care,
        initial=start,
    )
    more = {} if care else {"kind": kind}
    service: Any = services.change_care if care else services.change_role

    def act() -> Any:
        return service(
            actor=request.actor,
            person_id=one.pk,
            row_id=row_id,
            details=form.details(),
            source=form.cleaned_data["source"],
            from_on=form.cleaned_data["from_on"],
            **more,
        )

    return page(request, one, form, f"更正{title}", f"{title}已更正。", act, is_wide=True)


@BOTH
@requires("registry.edit", "registry.special", "registry.care")
def end(request: Request, person_id: int, kind: str, row_id: int) -> HttpResponse:
    """End an episode; it stays on record."""
    one, episode = _row(request, person_id, kind, row_id)
    form = forms.EndForm(_given(request), initial={"until": clock.today()})
    more = {} if kind in terms.CARE else {"kind": kind}
    service: Any = services.end_care if kind in terms.CARE else services.end_role
    act = lambda: service(actor=request.actor, person_id=one.pk, row_id=row_id, **more, **form.cleaned_data)  # noqa: E731
    return page(request, one, form, f"结束{episode.title}", f"{episode.title}已结束。", act)


@BOTH
@EDIT
def settle(request: Request, person_id: int) -> HttpResponse:
    """Where the person lives from a day on. The dwelling is looked up in words first."""
    one = queries.person(request.actor, person_id)
    asked = request.GET.get("address", "") or request.POST.get("address", "")
    start = {"since": clock.today(), "dwelling_id": request.GET.get("dwelling", "")}
    form = forms.SettleForm(_given(request), initial=start)
    choices = queries.dwelling_choices(request.actor, asked)
    act = lambda: services.settle(actor=request.actor, person_id=one.pk, **form.cleaned_data)  # noqa: E731
    looked_up = {"asks": "dwelling", "address": asked, "choices": choices}
    return page(request, one, form, "登记居住", "居住已登记。", act, **looked_up)


@BOTH
@EDIT
def leave(request: Request, person_id: int, row_id: int) -> HttpResponse:
    one = queries.person(request.actor, person_id)
    form = forms.EndForm(_given(request), initial={"until": clock.today()})
    act = lambda: services.leave(actor=request.actor, person_id=one.pk, row_id=row_id, **form.cleaned_data)  # noqa: E731
    return page(request, one, form, "结束居住", "居住已结束。", act)


@BOTH
@EDIT
def household(request: Request, person_id: int) -> HttpResponse:
    """The person becomes the head of a new household at their place."""
    one = queries.person(request.actor, person_id)
    form = forms.HouseholdForm(_given(request), initial={"since": clock.today()})
    home = queries.main_dwelling(request.actor, one.pk)

    def act() -> Any:
        return services.make_household(
            actor=request.actor, place_code=one.place_code, head_id=one.pk, dwelling_id=home, **form.cleaned_data
        )

    return page(request, one, form, "立户", "户已建立，可继续登记成员。", act)


@BOTH
@EDIT
def join(request: Request, person_id: int) -> HttpResponse:
    """The person joins the household of somebody who is looked up by name or number."""
    one, words = queries.person(request.actor, person_id), request.POST.get("q", "")
    form = forms.JoinForm(
        _given(request), initial={"since": clock.today(), "household_id": request.GET.get("household")}
    )
    act = lambda: services.join_household(actor=request.actor, person_id=one.pk, **form.cleaned_data)  # noqa: E731
    choices = queries.household_choices(request.actor, words)
    return page(request, one, form, "入户", "已入户。", act, asks="household", q=words, choices=choices)


@BOTH
@EDIT
def leave_household(request: Request, person_id: int) -> HttpResponse:
    one = queries.person(request.actor, person_id)
    form = forms.EndForm(_given(request), initial={"until": clock.today()})
    act = lambda: services.leave_household(actor=request.actor, person_id=one.pk, **form.cleaned_data)  # noqa: E731
    return page(request, one, form, "出户", "已出户。", act)


@BOTH
@EDIT
def head(request: Request, person_id: int) -> HttpResponse:
    """Make the person the head of the household they belong to; the others' relations to the new head are asked."""
    paper = queries.record(request.actor, person_id)
    others = [row for row, _ in paper.members if row.person_id != person_id]
    form = forms.HeadForm(others, _given(request), initial={"on": clock.today()})

    def act() -> Any:
        return services.set_head(
            actor=request.actor,
            household_id=paper.household.pk if paper.household else 0,
            person_id=person_id,
            relations=form.relations(),
            on=form.cleaned_data["on"],
        )

    return page(request, paper.one, form, "变更户主", "户主已变更。", act)


@BOTH
@EDIT
def relate(request: Request, person_id: int) -> HttpResponse:
    """A relative or somebody who is called in need: a record that is looked up, or a name and a telephone."""
    one, words = queries.person(request.actor, person_id), request.POST.get("q", "")
    form = forms.RelationForm(_given(request), initial={"other_id": request.GET.get("other")})
    act = lambda: services.relate(actor=request.actor, person_id=one.pk, **form.cleaned_data)  # noqa: E731
    found = queries.find(request.actor, words, limit=12).people if words else []
    choices = [queries.as_row(p) for p in found if p.pk != one.pk]
    return page(request, one, form, "登记关系", "关系已登记。", act, asks="person", q=words, choices=choices)


@BOTH
@EDIT
def unrelate(request: Request, person_id: int, row_id: int) -> HttpResponse:
    one = queries.person(request.actor, person_id)
    form = forms.EndForm(_given(request), initial={"until": clock.today()})
    act = lambda: services.unrelate(actor=request.actor, person_id=one.pk, row_id=row_id, **form.cleaned_data)  # noqa: E731
    return page(request, one, form, "结束关系", "关系已结束。", act)


@require_POST
@EDIT
def first_call(request: Request, person_id: int, row_id: int) -> HttpResponse:
    """The relation is called first; the others follow in the order they had."""
    order = [c.relation_id for c in queries.chain(request.actor, person_id) if c.relation_id != row_id]
    services.set_calls(actor=request.actor, person_id=person_id, row_ids=[row_id, *order])
    messages.success(request, "紧急联系顺序已调整。")
    return redirect("registry:person", person_id)


@BOTH
@EDIT
def depart(request: Request, person_id: int) -> HttpResponse:
    one = queries.person(request.actor, person_id)
    form = forms.DepartForm(_given(request), initial={"on": clock.today()})
    act = lambda: services.depart(actor=request.actor, person_id=one.pk, **form.cleaned_data)  # noqa: E731
    told = "迁离后结束居住、家庭和本地登记，档案保留，可以撤销。仍在本区居住、只是换了网格的，请用人员调动。"
    return page(request, one, form, "登记迁离", "已登记迁离。", act, told=told, danger=True)


@BOTH
@EDIT
def die(request: Request, person_id: int) -> HttpResponse:
    one = queries.person(request.actor, person_id)
    form = forms.DieForm(_given(request), initial={"on": clock.today(), "source": "走访"})
    act = lambda: services.die(actor=request.actor, person_id=one.pk, **form.cleaned_data)  # noqa: E731
    told = "登记后结束各项登记，档案保留，可以撤销。请以死亡证明或户籍注销为准。"
    return page(request, one, form, "登记死亡", "已登记死亡。", act, told=told, danger=True)


@BOTH
@EDIT
def reinstate(request: Request, person_id: int) -> HttpResponse:
    one = queries.person(request.actor, person_id)
    form = forms.ReasonForm(_given(request))
    act = lambda: services.reinstate(actor=request.actor, person_id=one.pk, **form.cleaned_data)  # noqa: E731
    told = "撤销后恢复在册，因迁离或死亡而结束的登记重新有效。"
    return page(request, one, form, f"撤销{one.get_state_display()}登记", "已撤销，恢复在册。", act, told=told)
