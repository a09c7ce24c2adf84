"""Versions of the duty catalogue: loaded from the shipped data, changed row by row, never overwritten."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.db import IntegrityError, transaction

from wangge.events import catalogue as data
from wangge.events import queries
from wangge.events.models import CatalogueVersion
from wangge.identity import queries as identity
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal

_DATA = Path(__file__).parents[1] / "data"
EDITABLE: tuple[str, ...] = (
    "name",
    "level",
    "lead",
    "with",
    "accept",
    "sign",
    "check",
    "handle",
    "verify",
    "urgency",
    "photo",
    "self_solve",
)
EDITABLE += ("verify_mode", "open", "close", "not_ours", "words", "platform")


@transaction.atomic
def load_catalogue(*, actor: Actor) -> int:
    """Give every district that has none its first version, from the shipped files; how many versions were written."""
    actor.must("catalogue.edit")
    base, platforms = (_DATA / "categories.yaml").read_text(), (_DATA / "platforms.yaml").read_text()
    written = 0
    for district in identity.districts():
        if CatalogueVersion.objects.filter(district_code=district.pk).exists():
            continue
        path = _DATA / f"overrides_{district.pk // 10**9}.yaml"
        overrides = path.read_text() if path.exists() else ""
        parsed = data.parse(base, platforms, overrides)
        CatalogueVersion.objects.create(
            district_code=district.pk,
            version=1,
            effective_from=parsed.effective_from,
            base=base,
            platforms=platforms,
            overrides=overrides,
            note="随系统装入",
            loaded_at=clock.now(),
        )
        audit.record(actor, "events.catalogue_loaded", "catalogue", district.pk, version=parsed.version)
        written += 1
    queries.forget()
    return written


@transaction.atomic
def save_category(
    *,
    actor: Actor,
    district_code: int,
    code: str,
    changes: Mapping[str, Any],
    effective_from: date,
    seen_version: int,
    note: str = "",
) -> CatalogueVersion:
    """Change fields of one 小类 from a day on: a new version beside the old ones, which keep ruling older cases.

    `changes` uses the field names of the categories file ("handle": "4 work_hour"). Refused when somebody saved a newer
    version, a field is unknown, a limit outlasts national law, or the day lies in the past.
    """
    return save_categories(
        actor=actor,
        district_code=district_code,
        rows={code: changes},
        effective_from=effective_from,
        seen_version=seen_version,
        note=note,
    )


@transaction.atomic
def save_categories(
    *,
    actor: Actor,
    district_code: int,
    rows: Mapping[str, Mapping[str, Any]],
    effective_from: date,
    seen_version: int,
    note: str = "",
) -> CatalogueVersion:
    """As `save_category`, for several 小类 in one version."""
    actor.must("catalogue.edit")
    if not actor.covers(district_code):
        raise NotHere("事项目录")
    latest = CatalogueVersion.objects.filter(district_code=district_code).order_by("-version").first()
    if latest is None:
        raise NotHere("事项目录")
    if latest.version != seen_version:
        raise Refusal("stale", "他人刚刚保存了新的目录版本。您的修改未保存，请刷新后在新版本上修改。", status=409)
    if effective_from < clock.today():
        raise Refusal(
            "past_date",
            f"生效日期 {effective_from} 早于今天，不能改变已发生事项的时限。",
            field="effective_from",
            value=str(effective_from),
        )
    overrides: dict[str, Any] = {"district": district_code // 10**9}
    overrides |= yaml.safe_load(latest.overrides) if latest.overrides else {}
    changed = overrides.setdefault("rows", {})
    for code, changes in rows.items():
        for name in changes:
            if name not in EDITABLE:
                raise Refusal("unknown_field", f"小类 {code} 没有可修改的字段“{name}”。", field=name, value=name)
        changed[code] = {**changed.get(code, {}), **changes}
        if "handle" in changes:
            changed[code].pop("stages", None)
    number = latest.version + 1
    overrides |= {
        "version": f"{clock.today():%Y.%m%d}-{number}",
        "effective_from": effective_from,
        "source": note or "本区配置",
    }
    text = yaml.safe_dump(overrides, allow_unicode=True, sort_keys=False)
    try:
        parsed = data.parse(latest.base, latest.platforms, text)
    except data.BadCatalogue as error:
        raise Refusal("bad_catalogue", f"{error}。请修改后再保存。", field="changes") from None
    slugs = {o.slug for o in queries.offices(district_code).values()}
    for code in rows:
        if parsed.office(parsed.categories[code].lead) not in slugs:
            lead = parsed.categories[code].lead
            raise Refusal(
                "unknown_department", f"小类 {code} 的主办单位“{lead}”在本区没有对应机构。", field="lead", value=lead
            )
    try:
        with transaction.atomic():
            made = CatalogueVersion.objects.create(
                district_code=district_code,
                version=number,
                effective_from=effective_from,
                base=latest.base,
                platforms=latest.platforms,
                overrides=text,
                note=note[:200],
                loaded_at=clock.now(),
            )
    except IntegrityError:
        raise Refusal(
            "stale", "他人刚刚保存了新的目录版本。您的修改未保存，请刷新后在新版本上修改。", status=409
        ) from None
    audit.record(actor, "events.catalogue_changed", "catalogue", district_code, version=number, rows=sorted(rows))
    queries.forget()
    return made
