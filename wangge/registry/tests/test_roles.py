"""Dated roles, care groups and special groups: history kept, sealed where sealed, and no trace without the right."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests import make
from wangge.kernel import scope
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry
from wangge.registry import queries, services
from wangge.registry.models import Care, HivRisk, Migrant
from wangge.registry.tests import make as reg

pytestmark = pytest.mark.usefixtures("district")
MIGRANT = {"inflow_reason": "务工", "dwelling_kind": "02", "is_watched": "否", "permit_number": "4302040001"}
HIV = {"route": "", "concern": ""}


def hiv_details():
    from wangge.registry.rules import tables

    given: dict[str, Any] = {}
    for field in tables.table("T21").extra:
        if field.required:
            given[field.key] = next(iter(tables.codes(field.codes))) if field.codes else "演示"
    return given


def test_a_second_episode_stands_beside_the_first():
    by = reg.officer()
    one = reg.person(by)
    first = services.begin_role(
        actor=by, person_id=one.pk, kind="migrant", since=date(2024, 3, 1), details=MIGRANT, source="采集"
    )
    services.end_role(
        actor=by, person_id=one.pk, kind="migrant", row_id=first.pk, until=date(2025, 1, 1), reason="返乡"
    )
    services.begin_role(
        actor=by,
        person_id=one.pk,
        kind="migrant",
        since=date(2025, 6, 1),
        details=MIGRANT | {"inflow_reason": "03"},
        source="采集",
    )
    rows = list(Migrant.objects.filter(person=one).order_by("since"))
    assert [(r.since, r.until, r.details["inflow_reason"]) for r in rows] == [
        (date(2024, 3, 1), date(2025, 1, 1), "01"),
        (date(2025, 6, 1), None, "03"),
    ]
    assert [p.pk for p in queries.people(by, role="migrant", on=date(2024, 5, 1))] == [one.pk]
    assert list(queries.people(by, role="migrant", on=date(2025, 3, 1))) == []


def test_episodes_of_a_kind_do_not_overlap():
    by = reg.officer()
    one = reg.person(by)
    given: dict[str, Any] = {"actor": by, "person_id": one.pk, "kind": "migrant", "details": MIGRANT, "source": "x"}
    services.begin_role(since=date(2025, 1, 1), **given)
    with pytest.raises(IntegrityError, match="one_migrant_episode_at_a_time"), transaction.atomic():
        services.begin_role(since=date(2025, 2, 1), **given)


def test_a_permit_number_lies_sealed_in_the_row():
    by = reg.officer()
    one = reg.person(by)
    row = services.begin_role(
        actor=by, person_id=one.pk, kind="migrant", since=date(2025, 1, 1), details=MIGRANT, source="x"
    )
    assert "4302040001" not in str(Migrant.objects.get(pk=row.pk).details)
    assert queries.open_details("migrant", row)["permit_number"] == "4302040001"
    services.change_role(
        actor=by, person_id=one.pk, kind="migrant", row_id=row.pk, details={"inflow_reason": "经商"}, source="走访"
    )
    row.refresh_from_db()
    assert queries.open_details("migrant", row) == {
        "permit_number": "4302040001",
        "inflow_reason": "03",
        "dwelling_kind": "02",
        "is_watched": row.details["is_watched"],
    }


def test_details_are_those_of_the_table():
    by = reg.officer()
    one = reg.person(by)
    given: dict[str, Any] = {
        "actor": by,
        "person_id": one.pk,
        "kind": "migrant",
        "since": date(2025, 1, 1),
        "source": "x",
    }
    with pytest.raises(Refusal) as caught:
        services.begin_role(details={"inflow_reason": "旅游"}, **given)
    assert {key for key, _ in caught.value.data["faults"]} >= {"inflow_reason", "dwelling_kind"}
    with pytest.raises(Refusal, match="没有"):
        services.begin_role(details={"hight": "1"}, **given)
    assert services.begin_role(details={"inflow_reason": "务工"}, partial=True, **given).pk


@pytest.mark.parametrize(("since", "said"), [(date(2027, 1, 1), "今天之后"), (date(1980, 1, 1), "早于出生")])
def test_days_are_in_order(since, said):
    by = reg.officer()
    one = reg.person(by)
    with pytest.raises(Refusal, match=said):
        services.begin_role(actor=by, person_id=one.pk, kind="hukou", since=since, details={}, source="x", partial=True)


def test_an_end_comes_once_and_after_the_beginning():
    by = reg.officer()
    one = reg.person(by)
    row = services.begin_role(
        actor=by, person_id=one.pk, kind="hukou", since=date(2025, 5, 1), details={"is_at_hukou": "一致"}, source="x"
    )
    given: dict[str, Any] = {"actor": by, "person_id": one.pk, "kind": "hukou", "row_id": row.pk, "reason": "迁出"}
    with pytest.raises(Refusal, match="早于开始"):
        services.end_role(until=date(2025, 4, 1), **given)
    services.end_role(until=date(2025, 6, 1), **given)
    with pytest.raises(Refusal, match="已于"):
        services.end_role(until=date(2025, 7, 1), **given)


def test_care_groups_have_their_own_fields_and_right():
    by = reg.officer()
    one = reg.person(by, care=["elderly_alone"])
    assert [c.kind for c in Care.objects.filter(person=one)] == ["elderly_alone"]
    row = services.begin_care(
        actor=by,
        person_id=one.pk,
        kind="disabled",
        since=date(2020, 1, 1),
        details={"disability": "肢体", "grade": "2", "certificate": "43020400000000000042"},
        source="x",
    )
    assert row.details["disability"] == "4"
    assert "43020400000000000042" not in str(row.details)
    assert queries.people(by, care="disabled").get() == one
    assert queries.people(by, care="any").count() == 1
    police = make.actor("police_officer", place=make.JINGLONG)
    with pytest.raises(Refusal) as caught:
        queries.people(police, care="disabled")
    assert caught.value.code == "unknown_kind"
    with pytest.raises(NoRight):
        services.begin_care(actor=police, person_id=one.pk, kind="dibao", since=date(2020, 1, 1), source="x")
    services.end_care(actor=by, person_id=one.pk, row_id=row.pk, until=reg.today(), reason="证件到期")
    assert list(queries.people(by, care="disabled")) == []


def test_who_lacks_the_right_finds_no_trace_of_a_special_group():
    officer, doctor = reg.officer(), make.actor("disease_officer", place=make.SHIFENG)
    one, other = reg.person(officer), reg.person(officer)
    with scope.use(doctor):
        row = services.begin_role(
            actor=doctor, person_id=one.pk, kind="hiv", since=date(2025, 1, 1), details=hiv_details(), source="疾控"
        )
        assert [p.pk for p in queries.people(doctor, role="hiv")] == [one.pk]
        assert queries.open_details("hiv", row) == hiv_details()
    with scope.use(officer):
        assert HivRisk.objects.count() == 0
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from registry_hivrisk")
            assert cursor.fetchone() == (0,)
        same = []
        for kind in ("hiv", "psychiatric", "no_such_kind"):
            with pytest.raises(Refusal) as caught:
                queries.people(officer, role=kind)
            same.append((caught.value.code, caught.value.sentence.replace(kind, "…")))
        assert len(set(same)) == 1
        said = []
        for person in (one, other):
            with pytest.raises(NoRight) as forbidden:
                services.begin_role(
                    actor=officer, person_id=person.pk, kind="hiv", since=date(2025, 1, 1), details={}, source="x"
                )
            said.append(str(forbidden.value.as_dict()))
        assert said[0] == said[1]
        assert "hiv" not in said[0]
    one.refresh_from_db()
    assert (one.step, one.verified_by) == (1, officer.name)
    entry = AuditEntry.objects.get(action="registry.special_begun")
    assert (entry.kind, entry.subject) == ("special", f"hiv:{row.pk}")
    assert str(one.pk) not in str(entry.data)


def test_a_right_for_one_group_is_none_for_another():
    doctor = make.actor("disease_officer", place=make.SHIFENG)
    one = reg.person(reg.officer())
    with scope.use(doctor), pytest.raises(NoRight):
        services.begin_role(
            actor=doctor, person_id=one.pk, kind="drug", since=date(2025, 1, 1), details={}, source="x", partial=True
        )


def test_a_special_row_outside_the_place_is_not_there_even_with_the_right():
    away = make.actor("health_officer", place=make.JINGLONG + 10**6 * 3)
    one = reg.person(reg.officer())
    with scope.use(away), pytest.raises(NotHere):
        services.begin_role(
            actor=away,
            person_id=one.pk,
            kind="psychiatric",
            since=date(2025, 1, 1),
            details={},
            source="x",
            partial=True,
        )
