"""Opening, changing and confirming the record of a person."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests import make
from wangge.kernel import scope
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry, Fact
from wangge.registry import queries, services
from wangge.registry.models import Person, PersonChange
from wangge.registry.tests import make as reg

pytestmark = pytest.mark.usefixtures("district")


def refused(code: str, act, **given):
    with pytest.raises(Refusal) as caught:
        act(**given)
    assert caught.value.code == code, caught.value
    return caught.value


def test_a_record_opens_with_its_core_fields_and_hides_what_is_secret():
    by, number = reg.officer(), reg.number(date(1950, 1, 26), 2)
    one = reg.person(by, name="单雄信", id_number=number, phone="142 8800 0001", ethnic="苗族", religion="佛教")
    assert (one.birth_on, one.sex, one.ethnic, one.pinyin) == (date(1950, 1, 26), "2", "06", "sxx")
    assert (one.source, one.verified_by, one.verified_on, one.step) == ("入户采集", by.name, reg.today(), 1)
    row: Any = Person.objects.filter(pk=one.pk).values().get()
    kept = " ".join(str(v) for v in row.values()) + bytes(row["sealed"]).decode("latin1")
    assert number not in kept
    assert "14288000001" not in kept
    assert queries.open_core(one) == {"id_number": number, "phone": "14288000001", "religion": "10"}
    assert queries.masked_core(one)["religion"] == "已登记"
    entry = AuditEntry.objects.get(action="registry.person_registered", subject=str(one.pk))
    assert number not in str(entry.data)
    assert Fact.objects.filter(name="registry.PersonRegistered", data__person_id=one.pk).exists()


def test_one_document_is_one_person_whatever_its_spelling():
    by = reg.officer()
    one = reg.person(by, id_number="11010519491231002X", name="苗禾青")
    said = refused(
        "exists",
        services.register,
        actor=by,
        values={"name": "苗禾", "id_number": "110105491231002"},
        place_code=by.lo,
        source="x",
    )
    assert said.data["person_id"] == one.pk


def test_a_document_registered_elsewhere_is_refused_without_saying_where_or_who():
    here, there = reg.officer(0), reg.officer(3)
    number = reg.number()
    one = reg.person(there, id_number=number, name="柏沐")
    with scope.use(here):
        said = refused(
            "exists",
            services.register,
            actor=here,
            values={"name": "柏沐", "id_number": number},
            place_code=here.lo,
            source="x",
        )
    assert "person_id" not in said.data
    assert one.name not in said.sentence
    assert str(one.pk) not in str(said.as_dict())
    assert str(there.lo) not in str(said.as_dict())
    assert number not in str(said.as_dict())


def test_the_same_name_without_a_document_is_asked_about_first():
    by = reg.officer()
    one = reg.person(by, name="章予", id_number=None, birth_on="1960-01-01")
    given: dict[str, Any] = {"actor": by, "values": {"name": "章予"}, "place_code": by.lo, "source": "x"}
    assert refused("maybe_same", services.register, **given).data["candidates"] == [one.pk]
    given["values"] = {"name": "章予", "birth_on": "1961-01-01"}
    assert services.register(**given).pk != one.pk
    given["values"] = {"name": "章予"}
    assert services.register(**given, sure_is_new=True).pk != one.pk


def test_every_fault_is_told_at_once_and_nothing_is_written():
    by, before = reg.officer(), Person.objects.count()
    said = refused(
        "invalid_fields",
        services.register,
        actor=by,
        values={"name": "", "phone": "12", "marriage": "也许"},
        place_code=by.lo,
        source="x",
    )
    assert {field for field, _ in said.data["faults"]} == {"name", "phone", "marriage"}
    assert Person.objects.count() == before


def test_nobody_registers_outside_their_cell_or_without_the_right():
    by, other = reg.officer(0), reg.officer(3)
    refused("out_of_scope", services.register, actor=by, values={"name": "x"}, place_code=other.lo, source="x")
    refused(
        "no_place", services.register, actor=make.SYSTEM, values={"name": "x"}, place_code=make.JINGLONG, source="x"
    )
    with pytest.raises(NoRight):
        services.register(actor=make.handler(), values={"name": "x"}, place_code=other.lo, source="x")


def test_a_change_keeps_what_was_before_and_the_proof_of_what_is_now():
    by = reg.officer()
    one = reg.person(by, employer="演示机械厂", phone="14288000002")
    two = services.update(
        actor=by,
        person_id=one.pk,
        changes={"employer": "演示医院", "phone": "14288000003", "ethnic": ""},
        seen_step=1,
        source="走访",
        from_on=date(2026, 2, 1),
    )
    assert (two.employer, two.step) == ("演示医院", 2)
    assert two.proof["employer"] == ["走访", "2026-03-10", by.name]
    rows = {c.field: c for c in PersonChange.objects.filter(person=one)}
    assert set(rows) == {"employer", "phone"}
    assert (rows["employer"].before, rows["employer"].after, rows["employer"].step) == ("演示机械厂", "演示医院", 2)
    assert (rows["phone"].before, rows["phone"].after) == ("", "")
    from wangge.registry.queries import sealing

    assert sealing.open_change(rows["phone"]) == ("14288000002", "14288000003")


def test_two_officers_may_change_different_fields_but_not_the_same():
    by = reg.officer()
    one = reg.person(by, employer="甲", occupation="工")
    services.update(actor=by, person_id=one.pk, changes={"employer": "乙"}, seen_step=1, source="a")
    two = services.update(actor=by, person_id=one.pk, changes={"occupation": "农"}, seen_step=1, source="b")
    assert (two.employer, two.occupation, two.step) == ("乙", "农", 3)
    said = refused(
        "stale", services.update, actor=by, person_id=one.pk, changes={"employer": "丙"}, seen_step=1, source="c"
    )
    assert said.data["changed"] == ["employer"]
    assert "服务处所" in said.sentence
    same = services.update(actor=by, person_id=one.pk, changes={"employer": "乙"}, seen_step=1, source="c")
    assert (same.step, same.proof["employer"][0]) == (3, "c")


def test_an_uncounted_change_makes_every_older_picture_stale():
    by = reg.officer()
    one = reg.person(by)
    Person.objects.filter(pk=one.pk).update(step=2)
    refused("stale", services.update, actor=by, person_id=one.pk, changes={"employer": "丙"}, seen_step=1, source="c")


def test_birth_and_sex_cannot_leave_the_document():
    by = reg.officer()
    one = reg.person(by, id_number=reg.number(date(1986, 5, 28), 1))
    given: dict[str, Any] = {"actor": by, "person_id": one.pk, "seen_step": 1, "source": "x"}
    assert refused("invalid_fields", services.update, changes={"sex": "2"}, **given).field == "sex"
    two = services.update(changes={"id_number": reg.number(date(1987, 6, 27), 2)}, **given)
    assert (two.birth_on, two.sex) == (date(1987, 6, 27), "2")
    assert {c.field for c in PersonChange.objects.filter(person=one)} == {"id_number", "birth_on", "sex"}


def test_a_number_cannot_be_changed_to_somebody_elses():
    by = reg.officer()
    first, second = reg.person(by, id_number=reg.number()), reg.person(by, id_number=(number := reg.number()))
    said = refused(
        "exists", services.update, actor=by, person_id=first.pk, changes={"id_number": number}, seen_step=1, source="x"
    )
    assert said.data["person_id"] == second.pk


def test_a_document_can_be_taken_off_again():
    by = reg.officer()
    one = reg.person(by, id_number=(number := reg.number()))
    two = services.update(actor=by, person_id=one.pk, changes={"id_number": ""}, seen_step=1, source="录错")
    assert (two.id_index, two.id_type) == (None, "")
    assert reg.person(by, name="窦知", id_number=number).pk != one.pk


def test_confirming_dates_the_record_or_the_field_and_never_goes_back():
    by, later = reg.officer(), reg.today()
    one = reg.person(by)
    week = later - timedelta(days=7)
    services.verify(actor=by, person_id=one.pk, fields=["phone"], on=week, source="走访")
    assert services.verify(actor=by, person_id=one.pk, fields=["phone"], on=week - timedelta(1)).proof["phone"] == [
        "走访",
        week.isoformat(),
        by.name,
    ]
    whole = services.verify(actor=make.community(make.cell()), person_id=one.pk)
    assert whole.verified_on == later
    assert whole.proof["phone"][:2] == ["走访", later.isoformat()]
    before = services.verify(actor=by, person_id=one.pk, on=week)
    assert before.verified_on == later
    refused("unknown_field", services.verify, actor=by, person_id=one.pk, fields=["hight"])


def test_what_is_not_in_reach_is_not_there():
    here, there = reg.officer(0), reg.officer(3)
    one = reg.person(there)
    with scope.use(here):
        for act in (
            lambda: queries.person(here, one.pk),
            lambda: services.update(actor=here, person_id=one.pk, changes={"name": "x"}, seen_step=1, source="x"),
            lambda: services.verify(actor=here, person_id=one.pk),
            lambda: services.reveal(
                actor=make.actor("street", place=make.JINGLONG + 10**6), person_id=one.pk, reason="核对信息"
            ),
        ):
            with pytest.raises(NotHere):
                act()
        assert list(queries.people(here).filter(pk=one.pk)) == []


def test_documents_are_matched_in_one_go_and_others_stay_hidden():
    here, there = reg.officer(0), reg.officer(3)
    mine, theirs, nobody = reg.number(), reg.number(), reg.number()
    one = reg.person(here, id_number=mine)
    reg.person(there, id_number=theirs)
    with scope.use(here):
        found = queries.matching_documents(here, [mine.lower(), theirs, nobody, ("414", "E1")])
    assert found == {mine.lower(): one.pk, theirs: queries.HIDDEN}


def test_full_numbers_come_with_a_reason_are_counted_and_leave_no_number_behind():
    by = make.actor("street", place=make.JINGLONG)
    one = reg.person(reg.officer(), id_number=(number := reg.number()), phone="14288000009")
    refused("reason_missing", services.reveal, actor=by, person_id=one.pk, reason="看")
    shown = services.reveal(actor=by, person_id=one.pk, reason="核对低保申请")
    assert shown == {"id_number": number, "phone": "14288000009", "religion": ""}
    entry = AuditEntry.objects.get(action="registry.person_revealed")
    assert number not in str(entry.data)
    with pytest.raises(NoRight):
        services.reveal(actor=reg.officer(), person_id=one.pk, reason="核对低保申请")


def test_a_record_as_of_a_day_takes_back_secret_fields_too():
    by = reg.officer()
    one = reg.person(by, phone="14288000061", id_number=None, birth_on="1960-01-01")
    given: dict[str, Any] = {"actor": by, "person_id": one.pk, "seen_step": None, "source": "x"}
    services.update(changes={"phone": "14288000062"}, from_on=date(2026, 2, 1), **given)
    services.update(changes={"phone": "14288000063", "birth_on": "1961-01-01"}, from_on=date(2026, 3, 1), **given)

    def shown(day):
        paper = queries.record(by, one.pk, day)
        return {f.key: f.value for _, group in paper.groups for f in group if f.key in ("phone", "birth_on")}

    assert shown(None) == {"phone": "142****0063", "birth_on": "1961-01-01"}
    assert shown(date(2026, 2, 10)) == {"phone": "142****0062", "birth_on": "1960-01-01"}
    assert shown(date(2026, 1, 10)) == {"phone": "142****0061", "birth_on": "1960-01-01"}


def test_whoever_watches_a_gate_is_not_given_the_numbers_of_families():
    one = reg.person(reg.officer())
    keeper = make.actor("estate_keeper", place=make.cell().code // 1000 * 1000)
    with pytest.raises(NoRight):
        services.reveal_contacts(actor=keeper, person_id=one.pk, reason="一键报警联系家属")
