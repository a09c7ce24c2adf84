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
from wangge.registry.rules import history
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
    assert set(entry.data) == {"since"}


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


def _details_on(by, one, kind, day):
    paper = queries.record(by, one.pk, day)
    (episode,) = [e for e in (*paper.roles, *paper.cares, *paper.specials) if e.kind == kind]
    return dict(episode.details), episode


def test_a_role_of_a_day_gone_by_shows_the_details_of_that_day():
    by = reg.officer()
    one = reg.person(by)
    row = services.begin_role(
        actor=by, person_id=one.pk, kind="migrant", since=date(2025, 1, 1), details=MIGRANT, source="采集"
    )
    given: dict[str, Any] = {"actor": by, "person_id": one.pk, "kind": "migrant", "row_id": row.pk, "source": "走访"}
    services.change_role(
        details={"inflow_reason": "经商", "permit_number": "4302040009"}, from_on=date(2025, 6, 1), **given
    )
    services.change_role(details={"inflow_reason": "03"}, from_on=date(2026, 1, 1), **given)  # changes nothing
    before, _ = _details_on(by, one, "migrant", date(2025, 3, 1))
    after, episode = _details_on(by, one, "migrant", date(2025, 7, 1))
    now, _ = _details_on(by, one, "migrant", None)
    reason = next(title for title in now if now[title] == "经商")
    assert (before[reason], after[reason], now[reason]) == ("务工", "经商", "经商")
    assert [len(e.fields) for e in episode.earlier] == [2]
    assert "4302040009" not in str(episode.earlier) + str(now)
    assert _details_on(by, one, "migrant", date(2025, 3, 1))[1].earlier == []
    stored = str(Migrant.objects.get(pk=row.pk).details)
    assert "4302040001" not in stored
    assert "走访" not in stored
    # Wrong from the start: on every day of the episode what was put right is read.
    services.change_role(details={"dwelling_kind": "01"}, from_on=date(2025, 1, 1), **given)
    right = _details_on(by, one, "migrant", None)[0]
    home = next(title for title in right if right[title] != now.get(title))
    assert _details_on(by, one, "migrant", date(2025, 3, 1))[0] == before | {home: right[home]}


def test_a_care_group_and_a_special_group_keep_their_earlier_details_sealed():
    clerk = make.actor("registry_clerk", place=make.SHIFENG)
    doctor = make.actor("disease_officer", place=make.SHIFENG)
    by = reg.officer()
    one = reg.person(by)
    with scope.use(clerk):
        care = services.begin_care(actor=clerk, person_id=one.pk, kind="dibao", since=date(2025, 1, 1), source="民政")
        for day, value in ((date(2025, 2, 1), 1), (date(2025, 6, 1), 3)):
            services.change_care(
                actor=clerk,
                person_id=one.pk,
                row_id=care.pk,
                details={"household_size": value},
                source="民政",
                from_on=day,
            )
        title = "保障人数"
        assert title not in _details_on(clerk, one, "dibao", date(2025, 1, 15))[0]
        assert _details_on(clerk, one, "dibao", date(2025, 3, 1))[0][title] == "1"
        assert _details_on(clerk, one, "dibao", None)[0][title] == "3"
    with scope.use(doctor):
        row = services.begin_role(
            actor=doctor, person_id=one.pk, kind="hiv", since=date(2025, 1, 1), details=hiv_details(), source="疾控"
        )
        services.change_role(
            actor=doctor, person_id=one.pk, kind="hiv", row_id=row.pk, details={"help": "改后的内容"}, source="疾控",
            from_on=date(2025, 6, 1),
        )  # fmt: skip
        assert "改后的内容" in _details_on(doctor, one, "hiv", None)[0].values()
        assert "改后的内容" not in _details_on(doctor, one, "hiv", date(2025, 3, 1))[0].values()
    with scope.use(by):
        for when in (None, date(2025, 3, 1)):
            assert not queries.record(by, one.pk, when).specials


def test_a_change_of_a_role_lies_within_its_episode():
    by = reg.officer()
    one = reg.person(by)
    row = services.begin_role(
        actor=by, person_id=one.pk, kind="migrant", since=date(2025, 1, 1), details=MIGRANT, source="采集"
    )
    given: dict[str, Any] = {"actor": by, "person_id": one.pk, "kind": "migrant", "row_id": row.pk, "source": "x"}
    for day in (date(2024, 12, 31), date(2027, 1, 1)):
        with pytest.raises(Refusal) as caught:
            services.change_role(details={"inflow_reason": "经商"}, from_on=day, **given)
        assert caught.value.field == "from_on"
    services.end_role(actor=by, person_id=one.pk, kind="migrant", row_id=row.pk, until=date(2025, 5, 1), reason="离开")
    with pytest.raises(Refusal, match="已于 2025-05-01 结束"):
        services.change_role(details={"inflow_reason": "经商"}, from_on=date(2025, 5, 1), **given)
    services.change_role(details={"inflow_reason": "经商"}, from_on=date(2025, 4, 1), **given)


@pytest.mark.parametrize(
    ("changes", "day", "value"),
    [
        ([], 5, "now"),
        ([(3, "a", "b")], 2, "a"),
        ([(3, "a", "b")], 3, "b"),
        ([(3, "a", "b"), (7, "b", "c")], 5, "b"),
        # Recorded later, reaching back: it also replaces what was thought of the days after.
        ([(7, "a", "b"), (3, "b", "c")], 5, "c"),
        ([(7, "a", "b"), (3, "b", "c")], 8, "c"),
        ([(7, "a", "b"), (3, "b", "c")], 2, "a"),
    ],
)
def test_the_value_of_a_day(changes, day, value):
    told = [(date(2025, 1, on), before, after) for on, before, after in changes]
    assert history.value_on(told, "now", date(2025, 1, day)) == value
