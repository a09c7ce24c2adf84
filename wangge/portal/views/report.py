"""我要反映: one question a page. The draft travels in the browser; handing it in stores the report before anything else."""

import logging
import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID, uuid5

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wangge.casework import services as casework
from wangge.casework.services.public import code_digest
from wangge.events import services as events
from wangge.identity import access
from wangge.identity import queries as identity
from wangge.kernel import clock, files
from wangge.kernel.actor import PUBLIC
from wangge.kernel.errors import NotHere, Refusal
from wangge.portal import draft, queries
from wangge.portal.views.common import Visit, narrow, needs_district, page, plain, to
from wangge.territory import queries as territory

log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]
MIN_TEXT, MAX_TEXT, MAX_PHOTOS = 5, 1000, 6
_PHONE = re.compile(r"\+?[0-9][0-9\-]{6,18}")
_REFERENCE = "portal.similar"
_NAMESPACE = UUID("5f0c3f0a-7a55-4b38-9d6e-6f6d1c7b1e10")
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def step(*needed: str) -> Callable[[View], View]:
    """A page of the wizard: loads the draft as `request.draft`, sends back to the first question not answered yet."""

    def around(view: View) -> View:
        @wraps(view)
        def inner(request: Visit, *args: Any, **kwargs: Any) -> HttpResponse:
            request.draft = draft.report.load(request)
            for key, name in (("text", "report"), ("category", "report_category"), ("lng", "report_place")):
                if key in needed and key not in request.draft:
                    # Handed in already (pressed twice, or came back): the receipt is what they want to see.
                    return to("portal:report_done" if draft.receipt.load(request) else f"portal:{name}")
            return view(request, *args, **kwargs)

        return needs_district(inner)

    return around


def _next(request: Visit, name: str) -> HttpResponse:
    """On to the next question, or back to the summary when one answer was only being changed."""
    response = to(f"portal:{'report_check' if request.draft.get('checked') else name}")
    return draft.report.keep(request, response, request.draft)


def _show(request: Visit, name: str, errors: list[tuple[str, str]] | None = None, **context: Any) -> HttpResponse:
    context |= {"draft": request.draft, "errors": errors or [], "district": request.district}
    return page(request, f"report/{name}", context, status=422 if errors else 200)


@get_or_post
@step()
def start(request: Visit) -> HttpResponse:
    """What is wrong, in the resident's own words."""
    if request.method == "POST":
        text = plain(request.POST.get("text", ""))
        request.draft = request.draft if request.draft.get("id") else draft.begun()
        request.draft["text"] = text[: MAX_TEXT + 500]
        if len(text) < MIN_TEXT:
            return _show(request, "words", [("id_text", f"请写明什么问题、在哪里，不少于 {MIN_TEXT} 个字")])
        if len(text) > MAX_TEXT:
            sentence = f"最多写 {MAX_TEXT} 个字，现有 {len(text)} 个字，请删减"
            return _show(request, "words", [("id_text", sentence)])
        request.draft.setdefault("began", clock.now().isoformat())
        return _next(request, "report_category")
    return _show(request, "words")


@require_POST
@access.public
def again(request: HttpRequest) -> HttpResponse:
    """Throw the draft away and begin anew."""
    return draft.report.empty(request, to("portal:report"))


@get_or_post
@step("text")
def category(request: Visit) -> HttpResponse:
    """Three suggestions from the words, any other, or “not sure”: officials settle it in the end."""
    suggested = queries.suggestions(request.draft["text"], request.district.code)
    if request.method == "POST":
        choice = request.POST.get("category", "")
        if choice == "other":
            choice = request.POST.get("other", "")
            if not choice:
                return _category(request, suggested, "选择“其他类别”时，请从列表中选一项")
        if choice not in ("unsure", *(s.code for s, _ in suggested)) and not queries.category_name(
            request.district.code, choice
        ):
            return _category(request, suggested, "请选择一项；不确定的话选“说不准”")
        request.draft["category"] = "" if choice == "unsure" else choice
        # Whoever came by the code on a street lamp has said where already.
        return _next(request, "report_photos" if request.draft.get("how") == "fixture" else "report_place")
    return _category(request, suggested)


def _category(request: Visit, suggested: list[Any], error: str = "") -> HttpResponse:
    first = suggested[0][0].code if suggested else "unsure"
    return _show(
        request,
        "category",
        [(f"category_{first}", error)] if error else None,
        suggested=suggested,
        classes=queries.classes(request.district.code),
        codes=[s.code for s, _ in suggested],
    )


@get_or_post
@step("text", "category")
def place(request: Visit, code: int = 0) -> HttpResponse:
    """Where: by the phone's position, on the map, or through street, community and cell."""
    if request.method == "POST":
        if "lng" in request.POST:
            return _point(request)
        return _cell(request, code)
    return _place(request, code)


def _place(request: Visit, code: int, errors: list[tuple[str, str]] | None = None) -> HttpResponse:
    within = code or request.district.code
    below = queries.below(within)
    is_cells = bool(within % 10**6)
    up = [(c, territory.name_of(c)) for c in (within - within % 10**6,) if is_cells]
    return _show(
        request,
        "place",
        errors,
        within=within if code else 0,
        within_name=territory.path_of(within),
        is_cells=is_cells,
        below=below,
        up=up,
    )


def _point(request: Visit) -> HttpResponse:
    try:
        lng, lat = float(request.POST["lng"]), float(request.POST["lat"])
        accuracy = float(request.POST.get("accuracy") or 0)
        placed = territory.cell_at(lng, lat, "wgs84")
    except (ValueError, KeyError, Refusal):
        return _place(request, 0, [("by_list", "没有得到位置。请在地图上指出，或按街道、社区选择")])
    if placed.cell_code is None:
        near = f"离它最近的是{queries.path(placed.nearest)}" if placed.nearest and placed.distance_m < 2000 else ""
        sentence = (
            f"这个位置不在{request.district.name}的网格内{f'，{near}' if near else ''}。请重新指出，或按街道、社区选择"
        )
        return _place(request, 0, [("by_list", sentence)])
    request.draft |= {"lng": lng, "lat": lat, "cell": placed.cell_code, "accuracy": round(accuracy), "how": "point"}
    request.draft.pop("landmark", None)
    request.draft.pop("fixture", None)
    if len(placed.candidates) > 1:
        request.draft["candidates"] = list(placed.candidates)
        return draft.report.keep(request, to("portal:report_which"), request.draft)
    return _next(request, "report_photos")


def _cell(request: Visit, code: int) -> HttpResponse:
    chosen = request.POST.get("cell", "")
    landmark = plain(request.POST.get("landmark", ""))[:60]
    request.draft["landmark"] = landmark
    cells = {str(c.pk) for c in queries.below(code)} if code else set()
    if chosen not in cells:
        return _place(request, code, [("id_cell", "请选择一个网格；分不清的话选最近的一个，并写明附近的标志")])
    middle = queries.middle(int(chosen))
    if middle is None:
        return _place(request, code, [("id_cell", "这个网格目前没有边界，请选择相邻的一个，并写明附近的标志")])
    request.draft |= {"lng": middle[0], "lat": middle[1], "cell": int(chosen), "accuracy": 0, "how": "list"}
    request.draft.pop("fixture", None)
    return _next(request, "report_photos")


@get_or_post
@step("text", "category", "lng")
def which(request: Visit) -> HttpResponse:
    """Beside a border nobody guesses: the resident says which side, or that they cannot tell."""
    candidates = [int(c) for c in request.draft.get("candidates", [])]
    if request.method == "POST":
        chosen = request.POST.get("cell", "")
        if chosen not in ("unsure", *(str(c) for c in candidates)):
            return _which(request, candidates, [(f"cell_{candidates[0]}" if candidates else "", "请选择一项")])
        if chosen != "unsure" and int(chosen) != request.draft["cell"]:
            request.draft["lng"], request.draft["lat"] = queries.moved_into(
                int(chosen), request.draft["lng"], request.draft["lat"]
            )
            request.draft["cell"] = int(chosen)
        return _next(request, "report_photos")
    return _which(request, candidates)


def _which(request: Visit, candidates: list[int], errors: list[tuple[str, str]] | None = None) -> HttpResponse:
    return _show(request, "which", errors, options=[(c, queries.path(c)) for c in candidates])


@get_or_post
@step("text", "category", "lng")
def photos(request: Visit) -> HttpResponse:
    """Photos, if there are any. Their place and device data are stripped before anybody sees them."""
    held: list[str] = request.draft.setdefault("photos", [])
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        if gone := request.POST.get("remove"):
            request.draft["photos"] = [h for h in held if h != gone]
            return draft.report.keep(request, to("portal:report_photos"), request.draft)
        for sent in request.FILES.getlist("photos"):
            errors += _keep_photo(held, sent)
        if not errors:
            if "more" in request.POST:
                return draft.report.keep(request, to("portal:report_photos"), request.draft)
            return _next(request, "report_similar")
    wanted = queries.wants_photo(request.district.code, request.draft["category"])
    response = _show(request, "photos", errors, photos=list(enumerate(held, 1)), wanted=wanted, most=MAX_PHOTOS)
    return draft.report.keep(request, response, request.draft)


def _keep_photo(held: list[str], sent: UploadedFile) -> list[tuple[str, str]]:
    if len(held) >= MAX_PHOTOS:
        return [("id_photos", f"最多 {MAX_PHOTOS} 张照片，“{sent.name}”没有上传")]
    if not (sent.content_type or "").startswith("image/"):
        return [("id_photos", f"“{sent.name}”不是照片，请选择 JPG、PNG 或 WebP 照片")]
    try:
        stored = files.put(sent.read(files.PHOTO_LIMIT + 1), name="照片", actor=PUBLIC)
    except Refusal as refusal:
        return [("id_photos", f"“{sent.name}”：{refusal.sentence}")]
    if not stored.is_image:
        return [("id_photos", f"“{sent.name}”不是照片，请选择 JPG、PNG 或 WebP 照片")]
    if stored.sha256 not in held:
        held.append(stored.sha256)
    return []


@require_safe
@step()
def photo(request: Visit, sha256: str) -> HttpResponse:
    """A small copy of one of the draft's own photos."""
    if sha256 not in request.draft.get("photos", []):
        raise NotHere("照片")
    stored = files.StoredFile.objects.filter(sha256=sha256).first()
    small = files.thumb(stored) if stored else None
    if stored is None or small is None:
        raise NotHere("照片")
    kind = "image/png" if stored.media_type == "image/png" else "image/jpeg"
    with small:
        return HttpResponse(small.read(), content_type=kind, headers={"Cache-Control": "private, max-age=600"})


@get_or_post
@step("text", "category", "lng")
def similar(request: Visit) -> HttpResponse:
    """Perhaps somebody has reported it: then one backs that report and follows it with a code of one's own."""
    found = queries.similar(request.draft["category"], request.draft["lng"], request.draft["lat"])
    open_ones = [s for s in found if s.is_open]
    if request.method == "POST":
        choice = request.POST.get("same", "")
        if choice == "none":
            return _next(request, "report_contact")
        try:
            number = signing.loads(choice, salt=_REFERENCE, max_age=draft.DAY)
        except signing.BadSignature:
            return _similar(request, found, [("same_none", "请选择一项；都不是的话选“都不是，继续提交我的反映”")])
        if number not in [s.case_number for s in open_ones]:
            return _similar(request, found, [("same_none", "那一件刚刚有了变化。请重新选择，或继续提交您的反映")])
        return _join(request, number)
    if not found:
        return _next(request, "report_contact")
    return _similar(request, found)


def _similar(request: Visit, found: list[Any], errors: list[tuple[str, str]] | None = None) -> HttpResponse:
    rows = [(signing.dumps(s.case_number, salt=_REFERENCE), s) for s in found if s.is_open]
    return _show(request, "similar", errors, rows=rows, over=[s for s in found if not s.is_open])


def _join(request: Visit, number: str) -> HttpResponse:
    client_id = uuid5(_NAMESPACE, f"{request.draft['id']} {number}")
    case, code = casework.join(actor=PUBLIC, number=number, client_id=client_id, text=request.draft["text"])
    return _done(
        request,
        {
            "number": case.number,
            "code": code,
            "cell": case.place_code,
            "joined": True,
            "district": request.district.code,
        },
    )


@get_or_post
@step("text", "category", "lng")
def contact(request: Visit) -> HttpResponse:
    """Name and phone, only if the resident wants to be asked back."""
    if request.method == "POST":
        name = plain(request.POST.get("name", ""))[:40]
        phone = narrow(request.POST.get("phone", "")).replace(" ", "")
        request.draft |= {"name": name, "phone": phone[:40]}
        if phone and not _PHONE.fullmatch(phone):
            return _show(request, "contact", [("id_phone", "电话的格式不对，请填写手机号或带区号的座机号，也可以不填")])
        response = to("portal:report_check")
        return draft.report.keep(request, response, request.draft)
    return _show(request, "contact")


@get_or_post
@access.own_transaction
@step("text", "category", "lng")
def check(request: Visit) -> HttpResponse:
    """The answers once more; handing in stores the report, and only then the contact."""
    entered = request.draft
    if request.method != "POST":
        entered["checked"] = True
        return draft.report.keep(request, _check(request), entered)
    try:
        receipt = events.report(actor=PUBLIC, report=_report(request), query_code=code_digest(entered["code"]))
    except Refusal as refusal:
        return _check(request, [("", refusal.sentence)])
    told: dict[str, Any] = {
        "number": receipt.number,
        "code": entered["code"],
        "cell": int(receipt.cell_code),
        "due_at": receipt.due_at.isoformat() if receipt.due_at else "",
        "district": int(receipt.cell_code) // 10**9 * 10**9,
    }
    if entered.get("name") or entered.get("phone"):
        try:
            events.save_reporter(
                actor=PUBLIC, number=receipt.number, name=entered.get("name", ""), phone=entered.get("phone", "")
            )
        except Exception:  # the report stands; that its contact does not is said on the receipt
            log.exception("contact of %s was not kept", receipt.number)
            told["contact_lost"] = True
    return _done(request, told)


def _report(request: Visit) -> events.Report:
    entered = request.draft
    home = int(entered["cell"]) // 10**9 * 10**9
    code = entered["category"]
    text = entered["text"]
    if entered.get("landmark"):
        text = f"{text}\n附近标志：{entered['landmark']}"
    if entered.get("fixture"):
        text = f"{text}\n部件：{entered['fixture']}"
    known = set(entered.get("photos", [])) - set(files.missing(entered.get("photos", [])))
    return events.Report(
        id=UUID(entered["id"]),
        text=text,
        lng=entered["lng"],
        lat=entered["lat"],
        datum="wgs84" if entered.get("how") == "point" else "cgcs2000",
        seen_at=datetime.fromisoformat(entered["began"]) if entered.get("began") else clock.now(),
        source="resident",
        category=code if code and queries.category_name(home, code) else None,
        files=[h for h in entered.get("photos", []) if h in known],
        accuracy=entered.get("accuracy") or None,
    )


def _check(request: Visit, errors: list[tuple[str, str]] | None = None) -> HttpResponse:
    entered = request.draft
    return _show(
        request,
        "check",
        errors,
        category_name=queries.category_name(request.district.code, entered["category"]),
        place=queries.path(entered["cell"]),
        photos=list(enumerate(entered.get("photos", []), 1)),
    )


def _done(request: Visit, told: dict[str, Any]) -> HttpResponse:
    response = to("portal:report_done")
    draft.report.empty(request, response)
    return draft.receipt.keep(request, response, told)


@require_safe
@access.public
def done(request: HttpRequest) -> HttpResponse:
    """The receipt: number, query code, what happens next and by when. Good for a photograph, and for a day."""
    told = draft.receipt.load(request)
    if not told:
        return to("portal:home")
    due_at = datetime.fromisoformat(told["due_at"]) if told.get("due_at") else None
    code = told["code"]
    return page(
        request,
        "report/done",
        {
            "told": told,
            "code": f"{code[:4]} {code[4:]}",
            "place": queries.path(told["cell"]),
            "due_at": due_at,
            "district": identity.district(told["district"]),
        },
    )
