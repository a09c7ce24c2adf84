"""Administration of the duty catalogue and of the working calendar."""

import base64
from datetime import date

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wangge.casework import services as casework_services
from wangge.desk import forms, queries
from wangge.events import queries as events
from wangge.events import services as events_services
from wangge.identity.access import requires
from wangge.kernel import calendars, clock, tables
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import download
from wangge.kernel.request import Request

FAULTS_SHOWN = 100


def _district(request: Request) -> int:
    return queries.must_have_district(queries.district_of(request.actor))


@require_GET
@requires("catalogue.edit")
def categories(request: Request) -> HttpResponse:
    """`/desk/admin/categories`."""
    district, words, platform = _district(request), request.GET.get("q", ""), request.GET.get("platform", "")
    version, catalogue, rows = queries.category_rows(district, words, platform)
    context = {
        "rows": rows,
        "catalogue": catalogue,
        "version": version,
        "platforms": {p.code: p.name for p in catalogue.platforms},
        "levels": events.LEVEL_NAMES,
        "today": clock.today(),
    }
    return render(request, "desk/categories.html", context)


@require_http_methods(["GET", "POST"])
@requires("catalogue.edit")
def category(request: Request, code: str) -> HttpResponse:
    """One 小类: its limits, lead and flags; saving makes a new version from a day on."""
    actor, district = request.actor, _district(request)
    version, catalogue, one = queries.find_category(district, code)
    form = forms.CategoryForm(
        one, catalogue, version, leads=queries.lead_choices(actor, district), data=request.POST or None
    )
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                changes = queries.changed_fields(one, form.changes())
                if not changes and form.cleaned_data["seen_version"] == version:
                    raise Refusal("nothing_changed", "没有改动，未生成新版本。")
                events_services.save_category(
                    actor=actor,
                    district_code=district,
                    code=code,
                    changes=changes,
                    effective_from=form.cleaned_data["effective_from"],
                    seen_version=form.cleaned_data["seen_version"],
                    note=form.cleaned_data["note"],
                )
                messages.success(request, f"已保存“{one.full_name}”，{form.cleaned_data['effective_from']} 起生效。")
                return HttpResponseRedirect("/desk/admin/categories")
            except Refusal as refusal:
                form.refuse(refusal.sentence, refusal.field)
                status = refusal.status
        else:
            status = 422
    context = {"form": form, "one": one, "version": version, "catalogue": catalogue}
    return render(request, "desk/category.html", context, status=status)


@require_GET
@requires("catalogue.edit")
def versions(request: Request) -> HttpResponse:
    """Every version of the catalogue, with what each changed."""
    found = events.version_changes(request.actor, _district(request))
    return render(request, "desk/category_versions.html", {"versions": found, "today": clock.today()})


@require_GET
@requires("catalogue.edit")
def export_categories(request: Request) -> HttpResponse:
    district = _district(request)
    content = tables.write_xlsx(
        queries.category_columns(district), queries.category_table(district), "事项目录", notes=True
    )
    return download(content, f"事项目录{clock.today():%Y%m%d}.xlsx")


@require_POST
@requires("catalogue.edit")
def import_categories(request: Request) -> HttpResponse:
    """Change many 小类 by a table file: all rows or none, every fault named, and a file of the refused rows."""
    actor, district = request.actor, _district(request)
    stream, name = _upload(request)
    result = tables.read(stream, name, queries.category_columns(district))
    changes = queries.changes_in(district, result)
    if result.errors:
        return _faults(request, result, "事项目录", "/desk/admin/categories")
    if not changes:
        raise Refusal("nothing_changed", "表中的内容与现行目录相同，未生成新版本。")
    raw = request.POST.get("effective_from", "")
    try:
        effective = date.fromisoformat(raw)
    except ValueError:
        raise Refusal(
            "bad_date", f"生效日期“{raw}”不是日期，请按 2026-01-31 的格式填写。", field="effective_from", value=raw
        ) from None
    seen = request.POST.get("seen_version", "")
    events_services.save_categories(
        actor=actor,
        district_code=district,
        rows=changes,
        effective_from=effective,
        seen_version=int(seen) if seen.isdigit() else 0,
        note=f"由表格“{name}”导入"[:200],
    )
    messages.success(request, f"已导入，改动 {len(changes)} 个小类，{effective} 起生效。")
    return HttpResponseRedirect("/desk/admin/categories/versions")


def _upload(request: Request) -> tuple[bytes, str]:
    one = request.FILES.get("file")
    if one is None:
        raise Refusal("file_missing", "请先选择要导入的表格（xlsx 或 csv）。", field="file")
    return one.read(), one.name or ""


def _faults(request: Request, result: tables.Result, title: str, back: str) -> HttpResponse:
    sheet = base64.b64encode(tables.error_file(result)).decode()
    context = {
        "title": title,
        "back": back,
        "faults": result.errors[:FAULTS_SHOWN],
        "total": len(result.errors),
        "refused": len(result.refused),
        "sound": len(result.rows),
        "sheet": sheet,
    }
    return render(request, "desk/import_faults.html", context, status=422)


@require_http_methods(["GET", "POST"])
@requires("calendar.edit")
def calendar(request: Request) -> HttpResponse:
    """`/desk/admin/calendar?year=`: the year's rest and work days; POST amends one day or takes an amendment away."""
    actor = request.actor
    if request.method == "POST":
        on = _date(request.POST.get("date", ""))
        if request.POST.get("remove") == "1":
            calendars.remove_day(actor=actor, on=on)
        else:
            given = {k: request.POST.get(k, "").strip() for k in ("kind", "name", "source", "segments")}
            calendars.set_day(actor=actor, on=on, **given)
        return _recomputed(request, on.year, f"{on} 已保存。")
    raw = request.GET.get("year", "")
    year = int(raw) if raw.isdigit() and len(raw) == 4 else clock.today().year
    months, days, years = queries.year_view(year)
    context = {
        "year": year,
        "years": years,
        "months": months,
        "days": days,
        "hours": queries.hours_in_words(),
        "weekdays": "一二三四五六日",
        "today": clock.today(),
    }
    return render(request, "desk/calendar.html", context)


def _date(raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise Refusal("bad_date", f"“{raw}”不是日期，请按 2026-01-31 的格式填写。", field="date", value=raw) from None


def _recomputed(request: Request, year: int, sentence: str) -> HttpResponse:
    moved = casework_services.recompute_open(actor=request.actor)
    said = f"在办件中有 {moved} 项时限随之改变，改动前后已记入审计记录。" if moved else "在办件的时限没有变化。"
    messages.success(request, f"{sentence}{said}")
    return HttpResponseRedirect(f"/desk/admin/calendar?year={year}")


@require_POST
@requires("calendar.edit")
def import_calendar(request: Request) -> HttpResponse:
    """Load a year from XLSX or CSV."""
    stream, name = _upload(request)
    result = calendars.import_days(actor=request.actor, stream=stream, name=name)
    if result.errors:
        return _faults(request, result, "工作日历", "/desk/admin/calendar")
    year = max((row["date"].year for _, row in result.rows), default=clock.today().year)
    return _recomputed(request, year, f"已导入 {len(result.rows)} 天。")


@require_GET
@requires("calendar.edit")
def calendar_template(request: Request) -> HttpResponse:
    return download(tables.template(calendars.COLUMNS, "放假安排"), "放假安排模板.xlsx")
