"""Writes of requests about one's own data: received, identity verified, answered with a copy, a correction or an erasure."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from wangge.casework import services as casework
from wangge.exchange.privacy import queries, rules
from wangge.exchange.privacy.models import PrivacyRequest
from wangge.exchange.queries import linking
from wangge.kernel import audit, clock, scope, sealed
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.registry import queries as registry
from wangge.registry import services as registry_services
from wangge.registry import terms
from wangge.territory import queries as territory

_TOLD = ("kind", "who", "name", "id_type", "id_number", "phone", "text", "subject", "subject_number")


def receive(*, actor: Actor, key: UUID, place_code: int | None = None, **given: str) -> PrivacyRequest:
    """Take a request in, as it was made at a counter, by telephone or by letter. `key` sent again is the same request.

    `given`: kind, who, name, phone, text, id_type, id_number, and of whose data it is when not the asker's own:
    subject, subject_number.
    """
    actor.must(rules.RIGHT)
    return _open(actor, key, place_code or territory.at_level(actor.lo, "district"), _checked(given))


def hand_in(*, actor: Actor, key: UUID, query_code: str, district: int, **given: str) -> PrivacyRequest:
    """Take in what a resident hands in by themselves; they follow it by its number and the code of this digest.

    Nobody is looked up: whether the person is on record is found out after their identity is verified, and told to nobody
    else (个人信息保护法 第五十条: a convenient way to ask; GB/T 35273-2020 8.7 a: verification comes first).
    """
    told = _checked(given)
    if not told["id_number"]:
        raise Refusal("missing_input", "请填写证件号码，用来核对身份。", field="id_number")
    if error := registry.check_document(told["id_type"], told["id_number"]).error:
        raise Refusal("invalid_document", error, field="id_number")
    with scope.system():
        try:
            return _open(actor, key, district, told, query_code, "resident")
        except IntegrityError:  # handed in twice at the same moment
            return PrivacyRequest.objects.select_related("case").get(case__client_id=key)


def _checked(given: Mapping[str, str]) -> dict[str, str]:
    told = {name: (given.get(name) or "").replace("\0", "").strip() for name in _TOLD}
    told["id_type"] = told["id_type"] or "111"
    told["id_number"], told["subject_number"] = told["id_number"].upper(), told["subject_number"].upper()
    for field, options in (("kind", rules.KINDS), ("who", rules.WHO), ("id_type", terms.DOCUMENTS)):
        if told[field] not in options:
            raise Refusal("unknown_choice", f"请选择：{'、'.join(options.values())}。", field=field, value=told[field])
    needed = {"name": "请求人姓名", "phone": "联系电话", "text": "请求内容"}
    if told["who"] != "self":
        needed["subject"] = "信息是谁的（姓名）"
    for field, label in needed.items():
        if not told[field]:
            raise Refusal("missing_input", f"请填写{label}。", field=field)
    return told


@transaction.atomic
def _open(
    actor: Actor, key: UUID, place: int, told: dict[str, str], query_code: str = "", source: str = "desk"
) -> PrivacyRequest:
    kind, who = told.pop("kind"), told.pop("who")
    case = casework.open_case(
        actor=actor,
        kind=rules.KIND,
        key=key,
        title=f"个人信息请求：{rules.KINDS[kind]}",
        text="内容已加密保存，只有个人信息保护负责人可以查看。",
        category=kind,
        place_code=place,
        point=territory.point_in(place),
        source=source,
        query_code=query_code,
    )
    known = PrivacyRequest.objects.select_related("case").filter(pk=case.pk).first()
    if known is not None:
        return known
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
def show_asker(*, actor: Actor, number: str) -> dict[str, str]:
    """What the asker gave, in full: to arrange with them and to compare with the paper they bring. On record each time."""
    found = queries.request(actor, number)
    audit.record(actor, "exchange.privacy_asker_shown", "privacy", number)
    return queries.told(found)


@transaction.atomic
def identify(
    *, actor: Actor, number: str, seen_step: int, method: str, person_id: int | None = None, how: str = ""
) -> PrivacyRequest:
    """Note that the identity was verified and how, and whose record it is; without `person_id` there is none. From now on
    the request may be answered."""
    found = _locked(actor, number)
    if method not in rules.METHODS:
        raise Refusal("unknown_choice", f"请选择：{'、'.join(rules.METHODS.values())}。", field="method", value=method)
    found.person = registry.person(actor, person_id) if person_id is not None else None
    state = found.person.state if found.person is not None else ""
    field, sentence = rules.may_verify(found.kind, found.who, method, how, state)
    if sentence:
        raise Refusal("not_verified", sentence, field=field)
    found.identified_by = "：".join(x for x in (rules.METHODS[method], how.strip()[:180]) if x)
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
    if found.person is None:
        casework.act(actor=actor, number=number, command="answer", seen_step=seen_step, text=text)
        return found
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
