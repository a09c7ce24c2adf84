"""三张清单: versions, items, drafts and their publication, print."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from wangge.identity.access import requires
from wangge.kernel import clock
from wangge.kernel.errors import NotHere
from wangge.kernel.forms import attempt
from wangge.kernel.request import Request
from wangge.kernel.tables import Column
from wangge.registry.forms.quality import DraftForm, ItemForm, ListForm, PublishForm
from wangge.registry.queries import freshness
from wangge.registry.queries import lists as queries
from wangge.registry.services import lists
from wangge.registry.terms_quality import FIELDS
from wangge.registry.views import quality

SEE, KEEP = requires("registry.view", "exchange.request"), requires("registry.lists")
COLUMNS = [
    Column("code", "序号"), Column("title", "事项"), Column("basis", "依据"), Column("owner", "责任单位"),
    Column("frequency", "频次"), Column("fields", "可采集项"), Column("note", "说明"),
]  # fmt: skip


def district(request: Request) -> int:
    """The district whose lists the reader sees: that of the post, also of one that sees no place."""
    return freshness.district_of(request.actor)


@require_GET
@SEE
def listing(request: Request) -> HttpResponse:
    """Every version, the ones in force marked."""
    place = district(request)
    rows = queries.duty_lists(request.actor, place)
    force = {one.pk for one in queries.in_force(place)}
    may_keep = request.actor.may(queries.RIGHT) and request.actor.covers(place)
    drafted = {one.kind for one in rows if one.state == "draft"}
    context = {
        "rows": [(one, one.pk in force, one.items.count()) for one in rows],
        "draft": DraftForm() if may_keep else None,
        "kinds": [(k, n) for k, n in DraftForm().fields["kind"].choices if k not in drafted],  # type: ignore[attr-defined] # a choice field
    }
    return quality.page(request, "duty_lists", "duty-lists", context, tabs=quality.TASK_TABS)


@require_GET
@SEE
def show(request: Request, list_id: int) -> HttpResponse:
    return _show(request, list_id)


def _show(request: Request, list_id: int, **refused: Any) -> HttpResponse:
    one, q = queries.duty_list(request.actor, list_id), request.GET.get("q", "").strip()
    may_keep = one.state == "draft" and request.actor.may(queries.RIGHT) and request.actor.covers(one.place_code)
    edited = quality.whole(request.GET.get("item", ""))
    item = queries.items_of(one).filter(pk=edited).first() if edited and may_keep else None
    start = {f: getattr(item, f) for f in ("code", "title", "basis", "owner", "frequency", "note")} if item else {}
    context = {
        "one": one,
        "q": q,
        "rows": [(i, "、".join(FIELDS[f] for f in i.fields if f in FIELDS)) for i in queries.items_of(one, q)],
        "may_keep": may_keep,
        "item": item,
        "in_force": one.pk in {x.pk for x in queries.in_force(one.place_code)},
        "name": ListForm(auto_id="name_%s", initial={"name": one.name, "basis": one.basis}),
        "form": ItemForm(initial=start | {"wanted": item.fields} if item else {"frequency": "need"}),
        "publish": PublishForm(auto_id="publish_%s", initial={"from_on": clock.today()}),
    } | refused
    return quality.page(request, "duty_list", "duty-lists", context, tabs=quality.TASK_TABS, refused=bool(refused))


@require_POST
@KEEP
def draft(request: Request) -> HttpResponse:
    """Begin a new version."""
    one = lists.draft_list(actor=request.actor, place=district(request), kind=request.POST.get("kind", ""))
    messages.success(request, f"已起草《{one.name}》第 {one.version} 版，逐项核对后公布。")
    return redirect("registry:duty-list", one.pk)


@require_POST
@KEEP
def act(request: Request, list_id: int) -> HttpResponse:
    """Name, enter an item, take one off, publish."""
    step, do = quality.whole(request.POST.get("step", "")), request.POST.get("do", "")
    base: dict[str, Any] = {"actor": request.actor, "list_id": list_id, "seen_step": step}
    item_id = quality.whole(request.POST.get("item_id", ""))
    does: dict[str, tuple[str, Any, Any, str]] = {
        "name": ("name", ListForm(request.POST, auto_id="name_%s"), lists.name_list, "清单名称已保存。"),
        "item": ("form", ItemForm(request.POST), partial(lists.put_item, item_id=item_id), "事项已保存。"),
        "publish": ("publish", PublishForm(request.POST, auto_id="publish_%s"), lists.publish_list, "清单已公布。"),
    }
    if do == "drop":
        lists.drop_item(item_id=item_id or 0, **base)
        messages.success(request, "事项已删除。")
        return redirect("registry:duty-list", list_id)
    if do not in does:
        raise NotHere("操作")
    name, form, service, said = does[do]
    if form.is_valid():
        given = form.values() if do == "item" else form.cleaned_data
        if attempt(form, lambda: service(**base, **given)):
            messages.success(request, said)
            return redirect("registry:duty-list", list_id)
    return _show(request, list_id, **{name: form})


@require_GET
@requires("registry.export")
def export(request: Request, list_id: int) -> HttpResponse:
    one = queries.duty_list(request.actor, list_id)
    rows = [
        {
            "code": i.code, "title": i.title, "basis": i.basis, "owner": i.owner, "frequency": i.get_frequency_display(),
            "fields": "、".join(FIELDS[f] for f in i.fields if f in FIELDS), "note": i.note,
        }
        for i in queries.items_of(one)
    ]  # fmt: skip
    return quality.sheet(request, f"duty_list.{one.pk}", f"{one.name}第{one.version}版", COLUMNS, rows)
