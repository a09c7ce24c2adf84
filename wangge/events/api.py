"""The JSON edge of events. Writing is plain views over msgspec (the hot path); reading is django-ninja over the same queries."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Query, Schema
from ninja.errors import ValidationError as BadParameters
from pydantic import Field

from wangge.casework import queries as casework
from wangge.casework import terms
from wangge.events import queries, rules
from wangge.events.services import intake
from wangge.events.services.intake import Receipt, Report
from wangge.kernel import clock, files, paging, web
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.kernel.request import Request
from wangge.territory import queries as territory

MAX_PAGE = 200
View = Callable[..., HttpResponse]

# What the fields are called in a sentence; a field without a name here is shown as it is spelled.
FIELDS = {
    "id": "编号（id）",
    "text": "情况说明（text）",
    "lng": "经度（lng）",
    "lat": "纬度（lat）",
    "datum": "坐标系（datum）",
    "seen_at": "发现时间（seen_at）",
    "source": "来源（source）",
    "category": "类别（category）",
    "title": "标题（title）",
    "files": "附件（files）",
    "urgency": "紧急程度（urgency）",
    "accuracy": "定位精度（accuracy）",
    "solved": "现场处置（solved）",
    "is_secret": "保密（is_secret）",
    "items": "上报列表（items）",
}
_KINDS = {
    "str": "文字",
    "int": "整数",
    "float": "数字",
    "bool": "true 或 false",
    "null": "空",
    "array": "列表",
    "object": "对象",
    "uuid": "UUID",
    "datetime": "时间",
}
_HINTS = {
    "id": "请使用 UUID，例如 0190f3a2-7c1e-7d3b-9a51-2f64c0a1b2c3。",
    "seen_at": "请写带时区的时间，例如 2026-01-31T08:30:00+08:00。",
    "datum": "可选：wgs84、cgcs2000、gcj02、bd09。",
    "source": f"可选：{'、'.join(terms.SOURCES)}。",
    "urgency": f"可选：{'、'.join(terms.URGENCIES)}。",
    "lng": "请填写 -180 至 180 之间的度数。",
    "lat": "请填写 -90 至 90 之间的度数。",
    "files": "请填写已上传文件的 SHA-256（64 位小写十六进制），最多 20 个。",
    "text": f"最多 {rules.MAX_TEXT} 字。",
    "title": "最多 60 字。",
}


class Batch(msgspec.Struct, forbid_unknown_fields=True):
    """Up to 500 reports; each is read by itself, so that one that cannot be read spoils no other."""

    items: list[msgspec.Raw]


class Answer(msgspec.Struct, frozen=True):
    """What a taken report answers: the same the second time as the first."""

    id: UUID
    number: str
    cell_code: str
    state: str
    due_at: datetime | None


_one = msgspec.json.Decoder(Report)
_batch = msgspec.json.Decoder(Batch)
_encode = msgspec.json.Encoder().encode


# ---- what is wrong with what was sent, in words ------------------------------------------------------------------


def unreadable(error: Exception, raw: bytes) -> Refusal:
    """The refusal for a body that msgspec could not read: it names the field and the value and says what is wanted."""
    try:
        msgspec.json.decode(raw)
    except ValueError:
        return Refusal(
            "malformed_json",
            "提交的内容不是完整的 JSON。请检查括号、引号和 UTF-8 编码后再提交。",
            field=None,
            value=None,
        )
    said, _, path = str(error).partition(" - at `")
    path = path.rstrip("`")
    if found := re.search(r"(?:missing required|unknown) field `(.*)`$", said):
        field, missing = found.group(1), "missing" in said
        name = FIELDS.get(field, field)
        if missing:
            hint = _HINTS.get(field, "请补上后再提交。")
            return Refusal("field_missing", f"缺少{name}。{hint}", field=field, value=None)
        return Refusal(
            "field_unknown",
            f"没有“{field}”这一项。请核对拼写，或去掉它。",
            field=field,
            value=_value(raw, f"$.{field}"),
        )
    field = path.removeprefix("$").strip(".").split(".")[0].split("[")[0] or None
    value = _value(raw, path)
    if field is None:
        return Refusal("wrong_type", "提交的内容须是一个 JSON 对象。请按接口说明提交。", field=None, value=value)
    shown = msgspec.json.encode(value).decode()
    shown = shown if len(shown) <= 60 else f"{shown[:57]}…"
    hint = _HINTS.get(field) or _wanted(said)
    return Refusal("wrong_value", f"{FIELDS.get(field, field)}的值 {shown} 不对。{hint}", field=field, value=value)


def _wanted(said: str) -> str:
    kinds = re.findall(r"\w+", re.search(r"Expected `([^`]*)`", said).group(1)) if "Expected `" in said else []  # type: ignore[union-attr]
    return f"应为{'或'.join(_KINDS.get(k, k) for k in kinds)}。" if kinds else "请按接口说明填写。"


def _value(raw: bytes, path: str) -> Any:
    """The value at msgspec's path, with long texts cut; None when it cannot be had."""
    try:
        value = msgspec.json.decode(raw)
    except ValueError:
        return None
    for part in re.findall(r"\.(\w+)", path.removeprefix("$")):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, str) and len(value) > 200:
        return value[:200] + "…"
    return value if not isinstance(value, dict | list) or len(str(value)) <= 2000 else None


def _decoded(decoder: Any, raw: bytes | msgspec.Raw) -> Any:
    try:
        return decoder.decode(raw)
    except ValueError as error:  # msgspec's errors and a broken UTF-8 sequence are all of this kind
        raise unreadable(error, bytes(raw)) from None


def _body(request: Request) -> bytes:
    try:
        return request.body
    except RequestDataTooBig:
        raise web.too_large(web.MAX_JSON) from None


def _json(data: Any, status: int) -> HttpResponse:
    return HttpResponse(_encode(data), status=status, content_type="application/json")


def by_method(**views: View) -> View:
    """One address, a view per method. Without a cookie's authority; refusals leave here, so the hot path stays short."""

    @csrf_exempt
    def view(request: Request, **kwargs: Any) -> HttpResponse:
        chosen = views.get("GET" if request.method == "HEAD" else request.method or "")
        if chosen is None:
            return _not_allowed(", ".join(views))
        try:
            return chosen(request, **kwargs)
        except Refusal as refusal:
            return web.answer(request, refusal)

    return view


def _not_allowed(methods: str) -> HttpResponse:
    response = JsonResponse(Refusal("method", f"这个地址只接受 {methods} 请求。", status=405).as_dict(), status=405)
    response["Allow"] = methods
    return response


# ---- writing ------------------------------------------------------------------------------------------------------


def report_one(request: Request) -> HttpResponse:
    """`POST /api/v1/events`: 201, or 200 with the same body when the id was sent before."""
    actor = request.actor
    receipt = intake.report(actor=actor, report=_decoded(_one, _body(request)))
    return _json(_answer(receipt), 201 if receipt.is_new else 200)


def _answer(receipt: Receipt) -> Answer:
    return Answer(receipt.id, receipt.number, receipt.cell_code, receipt.state, receipt.due_at)


def report_batch(request: Request) -> HttpResponse:
    """`POST /api/v1/events/batch`: a result per item, in the order sent."""
    actor = request.actor
    actor.must("events.report")
    items: list[msgspec.Raw] = _decoded(_batch, _body(request)).items
    if len(items) > rules.MAX_BATCH:
        raise Refusal(
            "batch_too_large",
            f"一批最多 {rules.MAX_BATCH} 件，本批 {len(items)} 件。请分批提交。",
            status=413,
            field="items",
            value=len(items),
        )
    reports: list[Report] = []
    kept: list[int] = []
    results: list[dict[str, Any]] = [{}] * len(items)
    seen: dict[UUID, int] = {}
    again: list[tuple[int, int]] = []
    for i, raw in enumerate(items):
        try:
            one: Report = _decoded(_one, raw)
        except Refusal as refusal:
            results[i] = _refused(_value(bytes(raw), "$.id"), refusal)
            continue
        if one.id in seen:
            again.append((i, seen[one.id]))
            continue
        seen[one.id] = i
        kept.append(i)
        reports.append(one)
    if reports:
        for i, one, result in zip(kept, reports, intake.report_many(actor=actor, reports=reports), strict=True):
            results[i] = _refused(str(one.id), result) if isinstance(result, Refusal) else _taken(result)
    for i, first in again:
        results[i] = results[first] | ({"status": 200} if results[first]["status"] == 201 else {})
    return _json({"results": results}, 200)


def _taken(receipt: Receipt) -> dict[str, Any]:
    return {
        "id": receipt.id,
        "status": 201 if receipt.is_new else 200,
        "number": receipt.number,
        "cell_code": receipt.cell_code,
        "state": receipt.state,
        "due_at": receipt.due_at,
    }


def _refused(id_: Any, refusal: Refusal) -> dict[str, Any]:
    return {"id": id_, "status": refusal.status, **refusal.as_dict()}


def upload(request: Request) -> HttpResponse:
    """`POST /api/v1/files`: one file, as the field `file` of a form or as the body itself (name in `X-File-Name`)."""
    actor = request.actor
    actor.must("events.report")
    if (request.content_type or "").startswith("multipart/"):
        try:
            sent = request.FILES.get("file")
        except (MultiPartParserError, RequestDataTooBig):
            raise Refusal("malformed_form", "上传的表单不完整。请重新上传。", field="file") from None
        if sent is None:
            raise Refusal("file_missing", "没有收到文件。请把文件放在名为 file 的一项里。", field="file")
        stored = files.put(sent.read(files.OTHER_LIMIT + 1), name=sent.name or "", actor=actor)
    else:
        stored = files.put(
            request.read(files.OTHER_LIMIT + 1), name=request.headers.get("X-File-Name", ""), actor=actor
        )
    return _json(
        {"sha256": stored.sha256, "size": stored.size, "media_type": stored.media_type, "taken_at": stored.taken_at},
        201,
    )


# ---- reading ------------------------------------------------------------------------------------------------------

reading = NinjaAPI(title="网格事件", version="1", docs_url=None, openapi_url=None, urls_namespace="api")


class EventRow(Schema):
    """One event as a list shows it."""

    id: UUID | None = Field(None, description="上报方给的编号")
    number: str = Field(description="件号")
    state: str
    state_name: str
    title: str
    category: str
    category_name: str
    source: str
    urgency: str
    cell_code: str
    place: str
    lng: float
    lat: float
    seen_at: datetime
    received_at: datetime
    due_at: datetime | None
    clock: str
    holder: str = Field(description="目前由谁办理")
    lead: str = Field(description="主办单位")
    card: str
    outcome: str
    finished_at: datetime | None
    closed_at: datetime | None
    supporters: int


class Step(Schema):
    """One step of an event's life."""

    seq: int
    at: datetime
    command: str
    name: str
    from_state: str
    to_state: str
    by: str
    post: str
    reason: str
    text: str
    files: list[str]


class EventDetail(EventRow):
    """One event with its words and its steps."""

    text: str
    is_secret: bool
    files: list[str]
    steps: list[Step]


class EventPage(Schema):
    items: list[EventRow]
    next: str | None = Field(None, description="下一页的 cursor；没有下一页时为 null")


class CategoryRow(Schema):
    code: str
    name: str
    class_code: str
    class_name: str
    platform: str
    level: str
    urgency: str
    photo_required: bool
    self_solve: bool


class Categories(Schema):
    district: str
    version: str
    items: list[CategoryRow]


class Filters(Schema):
    state: str = Field("", description="状态，可用逗号分隔多个")
    category: str = Field("", description="类别代码或其开头")
    cell: str = Field("", description="6、9、12 或 15 位区划、网格代码")
    since: datetime | None = Field(None, description="此时刻起收到的，须带时区")
    cursor: str = Field("", description="上一页给出的 next")
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50


@reading.exception_handler(BadParameters)
def bad_parameters(request: Request, error: BadParameters) -> HttpResponse:
    first = error.errors[0]
    field = str(first["loc"][-1])
    value = request.GET.get(field)
    refusal = Refusal("wrong_value", f"参数 {field} 的值“{value}”不对。请按接口说明填写。", field=field, value=value)
    return web.answer(request, refusal)


@reading.exception_handler(Refusal)
def refused(request: Request, refusal: Refusal) -> HttpResponse:
    return web.answer(request, refusal)


@reading.get("/events", response=EventPage, operation_id="list_events", summary="列出事件")
def list_events(request: Request, filters: Filters = Query(...)) -> Any:  # type: ignore[type-arg]
    actor = request.actor
    actor.must("events.view")
    states = [s for s in filters.state.split(",") if s]
    for state in states:
        if state not in terms.STATES:
            raise Refusal(
                "unknown_state",
                f"没有状态“{state}”。可选：{'、'.join(terms.STATES)}。",
                field="state",
                value=state,
            )
    if filters.since is not None and filters.since.tzinfo is None:
        raise Refusal(
            "no_zone", "since 须带时区，例如 2026-01-31T08:30:00+08:00。", field="since", value=str(filters.since)
        )
    rows = casework.search(
        actor,
        states=states,
        category=filters.category,
        place=_interval(filters.cell) if filters.cell else None,
        received=(filters.since, datetime.max.replace(tzinfo=clock.ZONE)) if filters.since else None,
    ).filter(kind=rules.KIND)
    found = paging.page(rows, order=("id",), after=filters.cursor or None, size=filters.limit, desc=True)
    return {"items": [_row(case) for case in found], "next": found.next_cursor}


@reading.get("/events/{number}", response=EventDetail, operation_id="get_event", summary="查看一件事件")
def get_event(request: Request, number: str) -> Any:
    actor = request.actor
    actor.must("events.view")
    case = casework.get(actor, number)
    steps = casework.steps(actor, case)[::-1]
    return _row(case) | {
        "text": case.text,
        "is_secret": case.is_secret,
        "files": steps[0].files if steps else [],
        "steps": [
            {
                "seq": s.seq,
                "at": s.at,
                "command": s.command,
                "name": terms.COMMANDS.get(s.command, s.command),
                "from_state": s.from_state,
                "to_state": s.to_state,
                "by": s.actor_name,
                "post": s.post_name,
                "reason": s.reason,
                "text": s.text,
                "files": s.files,
            }
            for s in steps
        ],
    }


@reading.get("/categories", response=Categories, operation_id="list_categories", summary="事项目录")
def categories(request: Request, district: str = "") -> Any:
    actor = request.actor
    place = _interval(district)[0] if district else _home(actor)
    found = queries.catalogue(place)
    return {
        "district": str(place // 10**9),
        "version": found.version,
        "items": [
            {
                "code": c.code,
                "name": c.name,
                "class_code": c.class_code,
                "class_name": c.class_name,
                "platform": c.platform,
                "level": c.level,
                "urgency": c.urgency,
                "photo_required": c.photo_required,
                "self_solve": c.self_solve,
            }
            for c in found.categories.values()
        ],
    }


def _home(actor: Actor) -> int:
    if actor.lo <= actor.hi and actor.lo >= 10**14:
        return actor.lo - actor.lo % 10**9
    districts = territory.districts()
    if len(districts) != 1:
        raise Refusal("district_needed", "请写明区的六位代码，例如 ?district=430204。", field="district", value="")
    return districts[0].code


def _interval(code: str) -> tuple[int, int]:
    if not (code.isascii() and code.isdigit() and len(code) in (6, 9, 12, 15)):
        raise Refusal("bad_code", f"“{code}”不是 6、9、12 或 15 位的区划、网格代码。", field="cell", value=code)
    lo = int(code.ljust(15, "0"))
    size = next(10**k for k in (9, 6, 3, 0) if lo % 10**k == 0)
    return lo, lo + size - 1


def _row(case: Any) -> dict[str, Any]:
    matter = terms.Matter(case.category, case.place_code, case.urgency, case.received_at)
    return {
        "id": case.client_id,
        "number": case.number,
        "state": case.state,
        "state_name": terms.STATES[case.state],
        "title": case.title,
        "category": case.category,
        "category_name": queries.category_name(matter),
        "source": case.source,
        "urgency": case.urgency,
        "cell_code": str(case.place_code),
        "place": territory.path_of(case.place_code),
        "lng": case.lng,
        "lat": case.lat,
        "seen_at": case.seen_at,
        "received_at": case.received_at,
        "due_at": case.due_at,
        "clock": case.clock,
        "holder": case.holder.name if case.holder else "",
        "lead": case.lead.name if case.lead else "",
        "card": case.card,
        "outcome": case.outcome,
        "finished_at": case.finished_at,
        "closed_at": case.closed_at,
        "supporters": case.supporters,
    }
