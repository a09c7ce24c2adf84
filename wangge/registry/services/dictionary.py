"""Writes of the data dictionary. A name is never written over: the one before ends where the new one begins."""

from datetime import date

from django.db import transaction

from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.registry.models import CodeLabel
from wangge.registry.queries import dictionary
from wangge.registry.rules import tables

RIGHT = "registry.lists"


@transaction.atomic
def name_code(
    *, actor: Actor, table: str, code: str, label: str, since: date, reason: str, stands_for: str = ""
) -> CodeLabel:
    """Call a code otherwise from a day on, or add a code of the district's own (which must stand for one of the standard's).

    Raises `Refusal`: `no_district`, `label`, `reason`, `stands_for`, `code_form`, `label_taken`, `too_early`.
    """
    actor.must(RIGHT)
    district = dictionary.district_of(actor)
    if district is None:
        raise Refusal("no_district", "当前岗位不属于一个区，不能维护本区字典。请切换到区级岗位。")
    known, label, code, reason = dictionary.code_table(table), label.strip(), code.strip(), reason.strip()
    if not label or len(label) > 60:
        raise Refusal("label", "名称应为 1 至 60 个字。", field="label", value=label)
    if not reason:
        raise Refusal("reason", "请写明依据，例如文件名称和文号。", field="reason")
    if code not in known.codes:
        _own_code(known, code, stands_for)
    else:
        stands_for = ""
    latest = (
        CodeLabel.objects.select_for_update()
        .filter(district=district, table=table, code=code)
        .order_by("-since", "-pk")
        .first()
    )
    own = dictionary.own_labels(actor, since)
    if any(c != code and name == label for c, name in tables.codes(table, own).items()):
        raise Refusal("label_taken", f"“{label}”已是另一个代码的名称。请使用不同的名称。", field="label", value=label)
    if latest is not None and (latest.until is None or latest.until > since):
        if since <= latest.since:
            raise Refusal(
                "too_early",
                f"这个代码自 {latest.since} 起已有名称“{latest.label}”。请选择更晚的启用日期。",
                field="since",
                value=str(since),
            )
        latest.until = since
        latest.save(update_fields=["until"])
    made = CodeLabel.objects.create(
        district=district, table=table, code=code, label=label, stands_for=stands_for, since=since, reason=reason,
        by=actor.name, at=clock.now(),
    )  # fmt: skip
    audit.record(actor, "registry.code_named", "code", f"{table}:{code}", label=label, since=since, reason=reason)
    return made


def _own_code(known: tables.CodeTable, code: str, stands_for: str) -> None:
    width = len(next(iter(known.codes), "")) or len(code)
    if not code.isalnum() or len(code) != width:
        raise Refusal("code_form", f"自设代码应为 {width} 位数字或字母。", field="code", value=code)
    if stands_for not in known.codes:
        raise Refusal(
            "stands_for",
            "自设代码须对应一个国标代码，按标准导出时用它代替。请选择。",
            field="stands_for",
            value=stands_for,
        )


@transaction.atomic
def end_name(*, actor: Actor, label_id: int, until: date, reason: str) -> CodeLabel:
    """A name of the district's own holds until a day: from then on the standard's name, or none for an own code."""
    actor.must(RIGHT)
    district = dictionary.district_of(actor)
    one = CodeLabel.objects.select_for_update().filter(pk=label_id, district=district or 0).first()
    if one is None:
        raise Refusal("not_found", "没有找到这个名称。请刷新后再试。", status=404)
    if not reason.strip():
        raise Refusal("reason", "请写明停用依据。", field="reason")
    if one.until is not None:
        raise Refusal("ended", f"这个名称已于 {one.until} 停用。", field="until", value=str(until))
    if until < one.since:
        raise Refusal("dates", f"停用日期早于启用日期 {one.since}。请核对。", field="until", value=str(until))
    one.until = until
    one.save(update_fields=["until"])
    audit.record(actor, "registry.code_name_ended", "code", f"{one.table}:{one.code}", until=until, reason=reason)
    return one
