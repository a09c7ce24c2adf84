"""Requests about one's own data, tombstones, destruction lists, and keys changed while everything is in use."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import models

from tests import make
from wangge.casework.models import Case
from wangge.demo.registry import DETAILS
from wangge.demo.residents import Numbers
from wangge.exchange.privacy import copies, queries, services
from wangge.kernel import clock, outbox, resealing, scope, sealed
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry, Fact
from wangge.registry import queries as registry
from wangge.registry import services as registry_services
from wangge.registry.models import Care, Person, PersonChange, Psychiatric, Reveal, Visit
from wangge.registry.rules import retention

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]
NUMBERS = Numbers(first_phone=5_000)


def officer() -> Actor:
    return make.actor("privacy_officer", place=make.SHIFENG)


def person(name: str = "苗禾青") -> Person:
    number = NUMBERS.id_number(date(1985, 7, 29), 2)
    values = {"name": name, "id_type": "111", "id_number": number, "phone": NUMBERS.phone(), "employer": "演示机械厂"}
    with scope.system():
        return registry_services.register(actor=SYSTEM, values=values, place_code=make.cell().code, source="采集")


def number_of(one: Person) -> str:
    return registry.open_core(one)["id_number"]


def asked(kind: str, one: Person, n: int = 1) -> str:
    with scope.use(officer()):
        made = services.receive(
            actor=officer(), key=UUID(int=n), kind=kind, who="self", name=one.name, phone="14200009999",
            text="请查一下", id_number=number_of(one),
        )  # fmt: skip
        return made.case.number


def identified(kind: str, one: Person, n: int = 1) -> tuple[str, int]:
    number = asked(kind, one, n)
    with scope.use(officer()):
        services.identify(actor=officer(), number=number, seen_step=1, person_id=one.pk, method="papers")
        return number, Case.objects.get(number=number).step


def test_a_request_is_a_case_with_the_laws_clock_and_is_taken_once():
    one = person()
    number = asked("see", one)
    assert asked("see", one) == number
    with scope.system():
        case = Case.objects.get(number=number)
        assert case.kind == "privacy"
        assert one.name not in case.title + case.text
    number, _step = identified("see", one)
    with scope.system():
        case = Case.objects.get(number=number)
        assert (case.state, case.clock) == ("handling", "handle")
        assert (case.due_at - case.received_at).days in range(29, 40)


def test_the_copy_says_everything_but_special_groups_and_each_copy_is_a_look_on_record():
    one = person()
    with scope.system():
        care = registry_services.begin_care(
            actor=SYSTEM, person_id=one.pk, kind="dibao", since=date(2026, 1, 1), source="民政"
        )
        registry_services.change_care(
            actor=SYSTEM, person_id=one.pk, row_id=care.pk, details={"household_size": 3}, source="民政"
        )
        registry_services.update(
            actor=SYSTEM, person_id=one.pk, changes={"employer": "演示中学"}, seen_step=1, source="采集"
        )
        registry_services.begin_role(
            actor=SYSTEM,
            person_id=one.pk,
            kind="hiv",
            since=date(2026, 1, 1),
            details=DETAILS["hiv"],
            source="疾控",
            partial=True,
        )
    number, step = identified("see", one)
    with scope.use(officer()):
        with pytest.raises(Refusal, match="尚未生成副本"):
            services.answer(actor=officer(), number=number, seen_step=step, text="已提供")
        found = services.copy(actor=officer(), number=number)
        said = "\n".join("\t".join(row) for row in copies.rows(found))
        assert number_of(one) in said
        assert "低保" in said
        assert "保障人数由“”改为“3”" in said
        assert "演示机械厂" in said
        assert "艾滋" not in said
        assert copies.workbook(found)[:2] == b"PK"
        assert Reveal.objects.filter(person=one).count() == 1
        services.answer(actor=officer(), number=number, seen_step=step, text="已当面提供副本")
        assert Case.objects.get(number=number).state == "closed"


def test_a_resident_is_not_erased_but_one_who_left_is_and_leaves_a_tombstone():
    one = person()
    number, step = identified("delete", one)
    with scope.use(officer()), pytest.raises(Refusal, match="不适用删除"):
        services.delete(actor=officer(), number=number, seen_step=step, text="已删除")
    with scope.system():
        registry_services.depart(actor=SYSTEM, person_id=one.pk, on=date(2026, 2, 1), reason="迁往外地")
        registry_services.begin_care(
            actor=SYSTEM, person_id=one.pk, kind="dibao", since=date(2026, 1, 1), source="民政"
        )
    with scope.use(officer()), pytest.raises(Refusal, match="仍在管理或享受待遇"):
        services.delete(actor=officer(), number=number, seen_step=step, text="已销档")
    with scope.system():
        row = Care.objects.get(person=one)
        registry_services.end_care(actor=SYSTEM, person_id=one.pk, row_id=row.pk, until=date(2026, 2, 1), reason="迁出")
    with scope.use(officer()):
        services.delete(actor=officer(), number=number, seen_step=step, text="已销档")
    with scope.system():
        gone = Person.objects.get(pk=one.pk)
        assert (gone.state, gone.name, gone.sealed, gone.id_index) == ("erased", "（已销档）", None, None)
        assert not PersonChange.objects.filter(person=one).exists()
        assert not Care.objects.filter(person=one).exists()
        fact = Fact.objects.filter(name="registry.PersonErased").latest("pk")
        assert outbox.deliver(fact.pk, "wangge.exchange.reactions.forget")
        again = registry_services.register(
            actor=SYSTEM,
            values={"name": one.name, "id_type": "111", "id_number": number_of(one), "phone": ""},
            place_code=one.place_code,
            source="采集",
        )
        assert again.pk != one.pk


def test_a_running_special_management_holds_the_record():
    one = person()
    with scope.system():
        registry_services.begin_role(
            actor=SYSTEM, person_id=one.pk, kind="psychiatric", since=date(2020, 1, 1), details=DETAILS["psychiatric"],
            source="卫健", partial=True,
        )  # fmt: skip
        registry_services.depart(actor=SYSTEM, person_id=one.pk, on=date(2026, 2, 1), reason="迁往外地")
        Psychiatric.objects.filter(person=one).update(until=None)
    number, step = identified("delete", one)
    with scope.use(officer()), pytest.raises(Refusal, match="可能有您无权查看的"):
        services.delete(actor=officer(), number=number, seen_step=step, text="已删除")


@pytest.mark.parametrize(
    ("special", "cases", "active", "by_request", "held"),
    [
        (0, 0, False, False, False),
        (1, 0, False, False, True),
        (0, 2, False, False, True),
        (0, 0, True, True, True),
        (0, 0, True, False, False),
        (0, 0, False, True, False),
    ],
)
def test_what_holds_a_record(special, cases, active, by_request, held):
    assert bool(retention.may_erase(special, cases, active, by_request)) is held


def test_a_list_is_proposed_once_allowed_by_a_person_and_destroys_only_what_is_still_due(monkeypatch):
    left, back = person("迁离甲"), person("返回乙")
    with scope.system():
        for one in (left, back):
            registry_services.depart(actor=SYSTEM, person_id=one.pk, on=date(2026, 2, 1), reason="迁往外地")
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2029-02-02T03:20:00+08:00"))
    with scope.system():
        made = registry_services.propose_destructions(actor=SYSTEM)
        assert [sorted(d.ids) for d in made if d.rule == "departed"] == [sorted([left.pk, back.pk])]
        assert registry_services.propose_destructions(actor=SYSTEM) == []
        registry_services.reinstate(actor=SYSTEM, person_id=back.pk, reason="已返回")
    one = next(d for d in made if d.rule == "departed")
    who = officer()
    with scope.use(who):
        with pytest.raises(NotHere):
            registry_services.carry_out_destruction(actor=who, destruction_id=one.pk)
        registry_services.decide_destruction(actor=who, destruction_id=one.pk, agree=True)
        done = registry_services.carry_out_destruction(actor=who, destruction_id=one.pk)
    assert (done.destroyed, done.left) == (1, 1)
    with scope.system():
        assert Person.objects.get(pk=left.pk).state == "erased"
        assert Person.objects.get(pk=back.pk).state == "active"


def test_who_may_not_see_a_group_learns_nothing_of_it_from_a_refusal_or_a_list():
    """What holds a record is said in the same words for care, which anybody on the street may know, and for a special group."""
    said = []
    for n, kind in enumerate(("care", "psychiatric"), start=50):
        one = person("苗禾" + "青澄"[n - 50])
        with scope.system():
            registry_services.depart(actor=SYSTEM, person_id=one.pk, on=date(2026, 2, 1), reason="迁往外地")
            given: dict[str, Any] = {"actor": SYSTEM, "person_id": one.pk, "since": date(2026, 2, 5), "source": "试验"}
            if kind == "care":
                registry_services.begin_care(kind="dibao", **given)
            else:
                registry_services.begin_role(kind=kind, details=DETAILS[kind], partial=True, **given)
        number, step = identified("delete", one, n)
        with scope.use(officer()), pytest.raises(Refusal) as refused:
            services.delete(actor=officer(), number=number, seen_step=step, text="已删除")
        said.append((refused.value.code, refused.value.sentence, refused.value.status, refused.value.data))
    assert said[0] == said[1]


def test_a_list_of_a_special_group_is_for_who_sees_the_group(sign_in: Any, monkeypatch):
    one = person("苗禾青")
    with scope.system():
        row = registry_services.begin_role(
            actor=SYSTEM, person_id=one.pk, kind="psychiatric", since=date(2020, 1, 1), details=DETAILS["psychiatric"],
            source="卫健", partial=True,
        )  # fmt: skip
        registry_services.end_role(
            actor=SYSTEM, person_id=one.pk, kind="psychiatric", row_id=row.pk, until=date(2026, 3, 1), reason="康复"
        )
    # Signing in happens in the days of the test; what has become due is looked for years later.
    doctor = make.actor("health_officer", place=one.place_code // 10**6 * 10**6)
    clients = {who: sign_in(by) for who, by in (("doctor", doctor), ("privacy", officer()))}
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: datetime.fromisoformat("2031-03-02T03:20:00+08:00"))
        with scope.system():
            (due,) = [d for d in registry_services.propose_destructions(actor=SYSTEM) if retention.RULES[d.rule].group]
        assert (due.rule, due.ids) == ("psych", [row.pk])
    pages = {who: client.get("/privacy/destructions").content.decode() for who, client in clients.items()}
    assert "严重精神障碍" in pages["doctor"]
    assert "精神" not in pages["privacy"]
    assert f"/privacy/destructions/{due.pk}" not in pages["privacy"]
    with scope.use(officer()), pytest.raises(NotHere):
        registry_services.decide_destruction(actor=officer(), destruction_id=due.pk, agree=True)
    answer = clients["privacy"].post(f"/privacy/destructions/{due.pk}", {"agree": "1"})
    assert (
        answer.status_code == clients["privacy"].post("/privacy/destructions/999999", {"agree": "1"}).status_code == 404
    )
    assert clients["doctor"].post(f"/privacy/destructions/{due.pk}", {"agree": "1"}).status_code == 302
    with scope.system():
        assert not Psychiatric.objects.filter(pk=row.pk).exists()


def test_old_visits_lose_their_words_and_keep_their_count(monkeypatch):
    one = person()
    with scope.system():
        Visit.objects.create(
            client_id=UUID(int=77), place_code=one.place_code, person=one, purpose="care", text="家中有困难", seen_at=clock.now(),
            received_at=clock.now(), by_id=1, by="演示",
        )  # fmt: skip
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2029-03-20T03:20:00+08:00"))
    with scope.system():
        made = next(d for d in registry_services.propose_destructions(actor=SYSTEM) if d.rule == "visit")
        registry_services.decide_destruction(actor=SYSTEM, destruction_id=made.pk, agree=True)
        registry_services.carry_out_destruction(actor=SYSTEM, destruction_id=made.pk)
        assert list(Visit.objects.values_list("text", flat=True)) == [""]


def test_the_wrong_hands_are_refused():
    one = person()
    number = asked("see", one)
    elsewhere = make.actor("privacy_officer", place=make.HETANG)
    with scope.use(elsewhere), pytest.raises(NotHere):
        queries.request(elsewhere, number)
    clerk = make.actor("registry_clerk", place=make.SHIFENG)
    with scope.use(clerk), pytest.raises(NoRight):
        queries.requests(clerk)
    with scope.use(elsewhere), pytest.raises(NotHere):
        registry_services.erase_person(actor=elsewhere, person_id=one.pk, reason="试探")


def test_every_key_to_a_person_is_known_to_erasure():
    from wangge.registry.services.erasure import GO, STAY

    keys = {
        (model, field.name)
        for model in apps.get_app_config("registry").get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model is Person
    }
    assert keys == {(m, f) for table in (GO, STAY) for m, fields in table.items() for f in fields}


def test_every_sealed_column_is_known_to_the_change_of_keys():
    columns = {
        (f"{model._meta.app_label}.{model.__name__}", field.name)
        for model in apps.get_models()
        if model.__module__.startswith("wangge.")
        for field in model._meta.get_fields()
        if isinstance(field, models.BinaryField)
    }
    assert columns <= resealing.known() | {
        # Neither sealed nor secret: digests, a device's own message, a document that anybody may read.
        ("events.SignalFault", "payload"),
        ("events.SignalFault", "digest"),
        ("exchange.Record", "digest"),
        ("disclosure.DocumentAudit", "original"),
        ("disclosure.DocumentAudit", "source"),
    }


def test_keys_change_while_values_stay_readable_and_searchable():
    one = person()
    with scope.system():
        before = registry.open_core(Person.objects.get(pk=one.pk))
        old = sealed.versions("people")[0]
        resealing.begin(actor=SYSTEM, purpose="people")
        resealing.begin(actor=SYSTEM, purpose="people-index")
        assert registry.open_core(Person.objects.get(pk=one.pk)) == before
        assert [p.pk for p in registry.find(SYSTEM, before["id_number"]).people] == [one.pk]
        with pytest.raises(Refusal, match="旧密钥"):
            resealing.drop(actor=SYSTEM, purpose="people")
        assert resealing.reseal(actor=SYSTEM, purpose="people") >= 1
        assert resealing.reseal(actor=SYSTEM, purpose="people") == 0
        resealing.reseal(actor=SYSTEM, purpose="people-index")
        assert resealing.drop(actor=SYSTEM, purpose="people") == [old]
        resealing.drop(actor=SYSTEM, purpose="people-index")
        assert registry.open_core(Person.objects.get(pk=one.pk)) == before
        assert [p.pk for p in registry.find(SYSTEM, before["id_number"]).people] == [one.pk]
        assert [p.pk for p in registry.find(SYSTEM, before["phone"]).people] == [one.pk]
    assert AuditEntry.objects.filter(action="kernel.keys_dropped").count() == 2


def test_the_pages_carry_a_request_from_receipt_to_answer(sign_in: Any):
    one = person()
    client = sign_in(officer())
    assert client.get("/privacy/requests").status_code == 200
    assert client.get("/privacy/requests/new").status_code == 200
    sent = client.post(
        "/privacy/requests/new",
        {"key": str(UUID(int=9)), "kind": "see", "who": "self", "name": one.name, "id_type": "111", "id_number": number_of(one),
         "phone": "14200008888", "text": "想看看登记了什么"},
    )  # fmt: skip
    assert sent.status_code == 302
    page = sent["Location"]
    shown = client.get(page).content.decode()
    assert number_of(one) not in shown
    full = client.post(page + "/asker").content.decode()
    assert number_of(one) in full
    assert "14200008888" in full
    assert AuditEntry.objects.filter(action="exchange.privacy_asker_shown").count() == 1
    assert client.get(page + "/asker").status_code == 405
    assert "是哪份档案" in shown
    assert one.name in shown
    done = client.post(page + "/do/identify", {"seen_step": 1, "person_id": one.pk, "method": "papers"})
    assert done.status_code == 302
    assert client.post(page + "/copy").status_code == 200
    assert client.post(page + "/do/answer", {"seen_step": 2, "text": "已提供副本"}).status_code == 302
    assert "已结案" in client.get(page).content.decode()
    assert client.get("/privacy/destructions").status_code == 200
    seen = sign_in(make.dispatcher()).get("/desk/case/" + page.rsplit("/", 1)[1])
    assert seen.status_code == 200
    assert one.name not in seen.content.decode()
