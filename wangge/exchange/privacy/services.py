"""Writes of requests about one's own data: received, identity verified, answered with a copy, a correction or an erasure."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction

from wangge.casework import services as casework
from wangge.exchange.privacy import queries, rules
from wangge.exchange.privacy.models import PrivacyRequest
from wangge.exchange.queries import linking
from wangge.kernel import audit, clock, sealed
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry import queries as registry
from wangge.registry import services as registry_services
from wangge.territory import queries as territory


@transaction.atomic
def receive(
    *,
    actor: Actor,
    key: UUID,
    kind: str,
    who: str,
    name: str,
    phone: str,
    text: str,
    id_type: str = "111",
    id_number: str = "",
    place_code: int | None = None,
) -> PrivacyRequest:
    """Take a request in, as it was made at a counter, by telephone or by letter. `key` sent again is the same request."""
    actor.must(rules.RIGHT)
    for field, value, options in (("kind", kind, rules.KINDS), ("who", who, rules.WHO)):
        if value not in options:
            raise Refusal("unknown_choice", f"请选择：{'、'.join(options.values())}。", field=field, value=value)
    for field, value, label in (("name", name, "请求人姓名"), ("phone", phone, "联系电话"), ("text", text, "请求内容")):
        if not value.strip():
            raise Refusal("missing_input", f"请填写{label}。", field=field)
    place = place_code or territory.at_level(actor.lo, "district")
    outline = territory.point_in(place)
    case = casework.open_case(
        actor=actor,
        kind=rules.KIND,
        key=key,
        title=f"个人信息请求：{rules.KINDS[kind]}",
        text="内容已加密保存，只有个人信息保护负责人可以查看。",
        category=kind,
        place_code=place,
        point=outline,
    )
    known = PrivacyRequest.objects.filter(pk=case.pk).first()
    if known is not None:
        return known
    told = {
        "name": name.strip(),
        "id_type": id_type,
        "id_number": id_number.strip().upper(),
        "phone": phone.strip(),
        "text": text.strip(),
    }
    sealer = sealed.Sealer(queries.PURPOSE)
    return PrivacyRequest.objects.create(
        case=case,
        kind=kind,
        who=who,
        sealed=sealer.seal(json.dumps(told, ensure_ascii=False), f"privacy:{case.pk}"),
        key_version=sealer.version,
    )


def _locked(actor: Actor, number: str) -> PrivacyRequest:
    found = queries.request(actor, number)
    return PrivacyRequest.objects.select_for_update(of=("self",)).select_related("case").get(pk=found.pk)


@transaction.atomic
def identify(*, actor: Actor, number: str, seen_step: int, person_id: int, how: str) -> PrivacyRequest:
    """Say whose record it is and how the identity was verified; from now on the request may be answered."""
    found = _locked(actor, number)
    if not how.strip():
        raise Refusal("missing_input", "请写明核验身份的方式，例如当面核对身份证原件。", field="how")
    found.person = registry.person(actor, person_id)
    found.identified_by = how.strip()[:200]
    casework.act(actor=actor, number=number, command="identify", seen_step=seen_step, text="已核验身份。")
    found.save(update_fields=["person", "identified_by"])
    audit.record(actor, "exchange.privacy_identified", "privacy", number, person=person_id)
    return found


@transaction.atomic
def copy(*, actor: Actor, number: str) -> dict[str, Any]:
    """The whole record for the person it is about, as sections of rows; a full view, on record with this number as reason."""
    found = _locked(actor, number)
    person = _whose(found)
    numbers = registry_services.reveal(actor=actor, person_id=person.pk, reason=f"{number} 本人查阅、复制")
    found.copied_at = clock.now()
    found.save(update_fields=["copied_at"])
    audit.record(actor, "exchange.privacy_copied", "privacy", number, person=person.pk)
    # The person sees what is kept about them, also what this officer's own rights would not open; special groups stay apart.
    eyes = replace(actor, rights=actor.rights | {"registry.care", "exchange.link"})
    return {
        "person": person,
        "numbers": numbers,
        "record": registry.record(eyes, person.pk),
        "others": linking.records_of_person(eyes, person.pk),
        "looks": registry.reveals_of(actor, person.pk),
    }


@transaction.atomic
def delete(*, actor: Actor, number: str, seen_step: int, text: str) -> PrivacyRequest:
    """Erase the record at the person's request and answer; refuses where the law keeps it (then use `refuse` with that reason)."""
    found = _locked(actor, number)
    person = _whose(found)
    if found.kind != "delete":
        raise Refusal("not_asked", "请求人没有要求删除。", status=409)
    registry_services.erase_person(actor=actor, person_id=person.pk, reason=f"{number} 本人请求删除", asked=True)
    casework.act(actor=actor, number=number, command="answer", seen_step=seen_step, text=text)
    return found


@transaction.atomic
def answer(*, actor: Actor, number: str, seen_step: int, text: str) -> PrivacyRequest:
    """Answer a request that was met: what was shown, corrected or explained."""
    found = _locked(actor, number)
    if found.kind == "see" and found.copied_at is None:
        raise Refusal("no_copy", "尚未生成副本。请先生成副本，再答复。", status=409)
    if found.kind == "delete":
        raise Refusal("use_delete", "要求删除的，请办理销档，或说明理由不予办理。", status=409)
    casework.act(actor=actor, number=number, command="answer", seen_step=seen_step, text=text)
    return found


@transaction.atomic
def refuse(*, actor: Actor, number: str, seen_step: int, text: str) -> PrivacyRequest:
    """Refuse with the reason (个人信息保护法 第五十条): it goes to the asker, who may sue."""
    found = _locked(actor, number)
    casework.act(actor=actor, number=number, command="refuse", seen_step=seen_step, text=text)
    return found


@transaction.atomic
def note(*, actor: Actor, number: str, seen_step: int, text: str) -> PrivacyRequest:
    found = _locked(actor, number)
    casework.act(actor=actor, number=number, command="note", seen_step=seen_step, text=text)
    return found


def _whose(found: PrivacyRequest) -> Any:
    if found.person is None:
        raise NotHere("已核验身份的档案")
    return found.person
