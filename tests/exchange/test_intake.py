"""归集: files, tables, interfaces and pushes come in once, judged, and go on where a kill stopped them."""

import json
from datetime import timedelta

import pytest

from tests import make as district_make
from tests.exchange import make
from wangge.exchange import fetch, queries, services
from wangge.exchange.models import Intake, Record
from wangge.exchange.services import intake as intake_service
from wangge.kernel import clock
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


def test_a_file_comes_in_judged_and_sealed():
    people = make.people()
    rows = [make.row(p, f"S{n}") for n, p in enumerate(people)]
    rows[1]["id_number"] = rows[1]["id_number"][:-1] + ("0" if rows[1]["id_number"][-1] != "0" else "1")
    rows[2]["sex"] = "M"
    rows[3]["name"] = ""
    done = make.take(make.source(), rows)
    assert (done.state, done.read, done.added, done.refused_count) == ("done", 4, 3, 1)
    assert done.unmapped == {"sex": {"M": 1}}
    assert 0 < float(done.score or 0) < 100
    kept = {r.name: r for r in Record.objects.all()}
    assert kept["苗禾青"].faults == []
    assert kept["苗禾青"].id_index is not None
    assert ["id_number", "document"] in kept["柏岩岑"].faults
    assert kept["柏岩岑"].id_index is None
    stored = json.dumps([list(map(str, r)) for r in Record.objects.values_list()])
    assert rows[0]["id_number"] not in stored
    assert rows[0]["phone"] not in stored
    ((number, values, said),) = queries.refused_rows(make.manager(), done)
    assert (number, values["card"], said) == (5, "S3", ["姓名：必填，不能为空。"])


def test_the_same_file_twice_is_one_intake_and_a_changed_row_is_a_change():
    people, source = make.people(), make.source()
    rows = [make.row(p, f"S{n}") for n, p in enumerate(people)]
    first = make.take(source, rows)
    with pytest.raises(Refusal) as refused:
        make.take(source, rows)
    assert refused.value.code == "same_data"
    assert refused.value.data["intake"] == first.pk
    rows[0]["paid_to"] = "2027-12-31"
    second = make.take(source, rows)
    assert (second.added, second.changed, second.same) == (0, 1, 3)
    assert Record.objects.count() == 4


def test_a_whole_delivery_withdraws_what_it_no_longer_holds(monkeypatch):
    people, source = make.people(), make.source()
    rows = [make.row(p, f"S{n}") for n, p in enumerate(people)]
    make.take(source, rows)
    later = clock.now() + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    make.take(source, rows[:3], whole=True)
    assert dict(Record.objects.values_list("name", "state"))["窦沐宁"] == "withdrawn"
    assert Record.objects.filter(state="current").count() == 3


def test_a_kill_between_two_pages_costs_nothing(monkeypatch):
    monkeypatch.setattr(fetch, "PAGE", 2)
    people, source = make.people(), make.source()
    begun = services.begin_intake(
        actor=make.manager(),
        source_id=source.pk,
        name="a.csv",
        data=make.sheet([make.row(p, f"S{n}") for n, p in enumerate(people)]),
    )

    class Killed(BaseException):
        pass

    real = intake_service.take_page
    calls: list[int] = []

    def once(**given):
        if calls:
            raise Killed
        calls.append(1)
        return real(**given)

    monkeypatch.setattr(intake_service, "take_page", once)
    with pytest.raises(Killed):
        services.take_in(begun.pk)
    half = Intake.objects.get(pk=begun.pk)
    assert (half.state, half.cursor, half.read, Record.objects.count()) == ("running", "2", 2, 2)
    monkeypatch.setattr(intake_service, "take_page", real)
    done = services.take_in(begun.pk)
    assert (done.state, done.read, done.added, Record.objects.count()) == ("done", 4, 4, 4)
    assert done.quality["checked"]["name.required"] == 4


def test_of_two_workers_on_one_page_one_leaves():
    source = make.source()
    rows = [make.row(p, f"S{n}") for n, p in enumerate(make.people())]
    begun = services.begin_intake(actor=make.manager(), source_id=source.pk, name="a.csv", data=make.sheet(rows))
    page = fetch.Page([(2, rows[0])], "1")
    take = services.take_page
    assert take(actor=SYSTEM, intake_id=begun.pk, seen_cursor="", page=page)
    assert not take(actor=SYSTEM, intake_id=begun.pk, seen_cursor="", page=page)
    assert Record.objects.count() == 1


def test_a_code_that_is_mapped_afterwards_mends_the_rows():
    source, by = make.source(), make.manager()
    make.take(source, [make.row(p, f"S{n}", sex="M" if p[0].sex == "1" else "F") for n, p in enumerate(make.people())])
    assert Record.objects.exclude(faults=[]).count() == 4
    services.map_code(actor=by, source_id=source.pk, field="sex", theirs="M", ours="1")
    services.map_code(actor=by, source_id=source.pk, field="sex", theirs="F", ours="2")
    assert services.rejudge(actor=by, source_id=source.pk) == 4
    assert Record.objects.exclude(faults=[]).count() == 0
    assert set(Record.objects.values_list("sex", flat=True)) == {"1", "2"}
    with pytest.raises(Refusal) as refused:
        services.map_code(actor=by, source_id=source.pk, field="sex", theirs="X", ours="77")
    assert refused.value.field == "ours"


def test_an_intake_can_be_taken_back():
    source = make.source()
    done = make.take(source, [make.row(p, f"S{n}") for n, p in enumerate(make.people())])
    services.withdraw_intake(actor=make.manager(), intake_id=done.pk, reason="来源单位发错文件")
    assert Record.objects.filter(state="current").count() == 0
    with pytest.raises(Refusal):
        services.withdraw_intake(actor=make.manager(), intake_id=done.pk, reason="再撤一次")


def test_the_owners_office_may_push_and_nobody_else():
    source = make.source(kind="push")
    rows = [make.row(p, f"S{n}") for n, p in enumerate(make.people())]
    data = json.dumps(rows).encode()
    begun = services.begin_intake(actor=make.liaison(), source_id=source.pk, name="push", data=data)
    assert services.take_in(begun.pk).added == 4
    for other in (make.liaison("430204-emergency"), district_make.officer(district_make.cell())):
        with pytest.raises(NotHere):
            services.begin_intake(actor=other, source_id=source.pk, name="push", data=data + b" ")


def test_rows_go_when_their_time_is_over(monkeypatch):
    source = make.source(retention_days=30)
    make.take(source, [make.row(p, f"S{n}") for n, p in enumerate(make.people())])
    assert services.clear_expired(actor=SYSTEM) == 0
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    monkeypatch.setattr(clock, "today", lambda: clock.local(later).date())
    assert services.clear_expired(actor=SYSTEM) == 4
    assert set(Record.objects.values_list("state", "name", "sealed", "id_index")) == {("expired", "", None, None)}


def test_a_source_of_a_special_group_is_for_who_may_see_the_group():
    with pytest.raises(Refusal) as refused:
        make.source(group="drug")
    assert refused.value.code == "no_group"


def test_two_who_change_a_source_meet():
    source, by = make.source(), make.manager()
    services.change_source(actor=by, source_id=source.pk, seen_step=1, changes={"purpose": "核对参保和待遇领取"})
    with pytest.raises(Refusal) as refused:
        services.change_source(actor=by, source_id=source.pk, seen_step=1, changes={"purpose": "别的用途"})
    assert refused.value.code == "stale"


def test_without_the_right_nothing_is_registered_or_seen():
    other = district_make.officer(district_make.cell())
    with pytest.raises(NoRight):
        make.source(by=other)
    with pytest.raises(NoRight):
        queries.sources(other)
