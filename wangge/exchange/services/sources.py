"""数据源: who owns the data, why we may have it, what its fields mean, what is good of it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from wangge.exchange import fetch, queries, terms
from wangge.exchange.models import CodeMap, Intake, QualityRule, Source
from wangge.exchange.rules import deciding, quality
from wangge.identity import queries as identity
from wangge.kernel import audit, clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.sealed import seal

MANAGE = "exchange.manage"
PURPOSE = "exchange"


@transaction.atomic
def register_source(
    *,
    actor: Actor,
    code: str,
    name: str,
    owner: str,
    place_code: int,
    kind: str,
    purpose: str,
    legal_basis: str,
    refresh: str,
    retention_days: int,
    fields: Sequence[Mapping[str, Any]],
    config: Mapping[str, str] | None = None,
    secret: str = "",
    group: str = "",
) -> Source:
    """Register where data comes from, with the usual quality rules of its fields. `owner` is the code of the department.

    Refusals: `missing_input` and `bad_fields`, `bad_config` (name the field), `exists`, `outside` (not the actor's place).
    """
    actor.must(MANAGE)
    _described(purpose=purpose, legal_basis=legal_basis, name=name, code=code)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,39}", code.strip()):
        raise Refusal("bad_code", "编码应由小写字母、数字和短横组成，2 到 40 位。", field="code", value=code)
    if not actor.covers(place_code):
        raise Refusal("outside", "数据所属区划不在您的管辖范围内。请换岗位后再试。", field="place_code", status=403)
    _may_see(actor, group)
    known = quality.fields_of(fields)
    if sentence := quality.check_fields(known):
        raise Refusal("bad_fields", sentence, field="fields")
    now = clock.now()
    source = Source(
        code=code.strip(),
        name=name.strip(),
        owner=identity.department(owner),
        place_code=place_code,
        kind=_among(kind, terms.KINDS, "kind"),
        purpose=purpose.strip(),
        legal_basis=legal_basis.strip(),
        refresh=_among(refresh, terms.REFRESH, "refresh"),
        retention_days=retention_days,
        group=group,
        fields=[f._asdict() for f in known],
        config=_config(kind, config or {}),
        created_at=now,
        updated_at=now,
    )
    source.sealed = _sealed(source, secret)
    source.save()
    QualityRule.objects.bulk_create(QualityRule(source=source, **_row(r)) for r in quality.usual(known))
    audit.record(actor, "exchange.source_registered", "source", source.code, origin=kind, fields=len(known))
    return source


@transaction.atomic
def change_source(*, actor: Actor, source_id: int, seen_step: int, changes: Mapping[str, Any]) -> Source:
    """Change a source: name, purpose, legal_basis, refresh, retention_days, fields, config, secret, auto, review, clear.

    `seen_step` is the step that was looked at: `stale` when somebody else changed it since.
    """
    actor.must(MANAGE)
    source = _fresh(queries.source_for_update(actor, source_id), seen_step)
    allowed = {"name", "purpose", "legal_basis", "refresh", "retention_days", "fields", "config", "secret", "auto", "review", "clear"}  # fmt: skip
    given = {k: v for k, v in changes.items() if k in allowed}
    if "fields" in given:
        known = quality.fields_of(given["fields"])
        if sentence := quality.check_fields(known):
            raise Refusal("bad_fields", sentence, field="fields")
        given["fields"] = [f._asdict() for f in known]
        gone = {f["key"] for f in source.fields} - {f.key for f in known}
        QualityRule.objects.filter(source=source, field__in=gone).delete()
    if "config" in given:
        given["config"] = _config(source.kind, given["config"])
        if given["config"] != source.config:  # what was cut off at the old place cannot go on at the new one
            Intake.objects.filter(source=source, state="failed", finished_at=None).update(finished_at=clock.now())
    if "refresh" in given:
        _among(given["refresh"], terms.REFRESH, "refresh")
    if secret := given.pop("secret", ""):
        source.sealed = _sealed(source, secret)
    for name, value in given.items():
        setattr(source, name, value.strip() if isinstance(value, str) else value)
    _described(purpose=source.purpose, legal_basis=source.legal_basis, name=source.name, code=source.code)
    if sentence := deciding.check_limits(source.auto, source.review, source.clear):
        raise Refusal("bad_limits", sentence, field="auto")
    source.step, source.updated_at = source.step + 1, clock.now()
    source.save(update_fields=[*given, "sealed", "step", "updated_at"])
    audit.record(
        actor,
        "exchange.source_changed",
        "source",
        source.code,
        changed=sorted([*given, *(["secret"] if secret else [])]),
    )
    return source


@transaction.atomic
def set_source_state(*, actor: Actor, source_id: int, state: str, reason: str) -> Source:
    """Pause, resume or close a source: a closed one takes nothing in any more; its rows stay until their time."""
    actor.must(MANAGE)
    source = queries.source_for_update(actor, source_id)
    _among(state, terms.SOURCE_STATES, "state")
    if source.state == "closed":
        raise Refusal("closed", "这个数据源已注销，不能再启用。如需恢复，请重新登记。", status=409)
    if not reason.strip():
        raise Refusal("missing_input", "请写明原因。", field="reason")
    source.state, source.step, source.updated_at = state, source.step + 1, clock.now()
    source.save(update_fields=["state", "step", "updated_at"])
    audit.record(actor, "exchange.source_state_set", "source", source.code, state=state, reason=reason.strip())
    return source


@transaction.atomic
def map_code(*, actor: Actor, source_id: int, field: str, theirs: str, ours: str) -> CodeMap:
    """Say what a code of the source means in the district's table of that field."""
    actor.must(MANAGE)
    source = queries.source_for_update(actor, source_id)
    about = next((f for f in quality.fields_of(source.fields) if f.key == field), None)
    if about is None or not about.codes:
        raise Refusal("no_codes", "这个字段没有对应的代码表，不需要对照。", field="field")
    ours = queries.code_of(about.codes, ours) or ""
    if not ours:
        raise Refusal("no_code", "请从本区代码表中选择代码。", field="ours")
    if not theirs.strip():
        raise Refusal("missing_input", "请填写来源代码。", field="theirs")
    made = CodeMap.objects.create(
        source=source, field=field, theirs=theirs.strip()[:80], ours=ours, by=actor.name, at=clock.now()
    )
    audit.record(actor, "exchange.code_mapped", "source", source.code, field=field, to=ours)
    return made


@transaction.atomic
def unmap_code(*, actor: Actor, source_id: int, map_id: int) -> None:
    actor.must(MANAGE)
    source = queries.source_for_update(actor, source_id)
    found = CodeMap.objects.filter(source=source, pk=map_id).first()
    if found is None:
        raise NotHere("代码对照")
    audit.record(actor, "exchange.code_unmapped", "source", source.code, field=found.field)
    found.delete()


@transaction.atomic
def set_rule(
    *, actor: Actor, source_id: int, field: str, check: str, parameter: str = "", weight: int = 1, refuses: bool = False
) -> QualityRule:
    """Set how a field is checked (a check of the same kind is replaced). It counts from the next intake on."""
    actor.must(MANAGE)
    source = queries.source_for_update(actor, source_id)
    rule = quality.Rule(field, check, parameter.strip(), weight, refuses)
    if sentence := quality.check_rule(rule, quality.fields_of(source.fields)):
        raise Refusal("bad_rule", sentence, field="parameter", value=parameter)
    made, _ = QualityRule.objects.update_or_create(
        source=source,
        field=field,
        check_kind=check,
        defaults={"parameter": rule.parameter, "weight": weight, "refuses": refuses},
    )
    audit.record(actor, "exchange.rule_set", "source", source.code, field=field, check=check, weight=weight)
    return made


@transaction.atomic
def drop_rule(*, actor: Actor, source_id: int, rule_id: int) -> None:
    actor.must(MANAGE)
    source = queries.source_for_update(actor, source_id)
    found = QualityRule.objects.filter(source=source, pk=rule_id).first()
    if found is None:
        raise NotHere("质量规则")
    audit.record(actor, "exchange.rule_dropped", "source", source.code, field=found.field, check=found.check_kind)
    found.delete()


# ---- parts ---------------------------------------------------------------------------------------------------------


def _row(rule: quality.Rule) -> dict[str, Any]:
    return {
        "field": rule.field,
        "check_kind": rule.check,
        "parameter": rule.parameter,
        "weight": rule.weight,
        "refuses": rule.refuses,
    }


def _fresh(source: Source, seen_step: int) -> Source:
    if source.step != seen_step:
        raise Refusal("stale", "这个数据源刚被他人修改。请刷新后核对，再保存。", status=409)
    return source


def _described(**texts: str) -> None:
    for name, label in (("code", "编码"), ("name", "名称"), ("purpose", "用途"), ("legal_basis", "依据")):
        if not texts[name].strip():
            raise Refusal("missing_input", f"请填写“{label}”后再提交。", field=name)


def _may_see(actor: Actor, group: str) -> None:
    _among(group, terms.GROUPS, "group")
    if group and not actor.may(f"sees.{group}"):
        raise Refusal(
            "no_group", "您的岗位不能登记这类人群的数据源。请由有相应权限的岗位登记。", field="group", status=403
        )


def _among(value: str, known: Mapping[str, str], field: str) -> str:
    if value not in known:
        raise Refusal("no_choice", "请从列表中选择。", field=field, value=value)
    return value


def _config(kind: str, given: Mapping[str, Any]) -> dict[str, str]:
    wanted = {k: str(given.get(k, "")).strip() for k in fetch.CONFIG[kind]}
    if sentence := fetch.check_config(kind, wanted):
        raise Refusal("bad_config", sentence, field="config")
    return wanted


def _sealed(source: Source, secret: str) -> bytes | None:
    if source.kind == "http" and not re.fullmatch(r"[ -~]*", secret):
        raise Refusal("bad_secret", "令牌只能由英文字母、数字和符号组成。请重新填写。", field="secret")
    text = msgspec.json.encode(secret).decode()
    return seal(text, purpose=PURPOSE, context=f"source:{source.code}") if secret else None
