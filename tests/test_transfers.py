"""Land passes on: the plan changes nothing, both sides sign, on its day records and open cases follow, the past stays readable."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from tests import make
from wangge.casework.models import Case, Step
from wangge.identity.models import Department, Post
from wangge.kernel import clock, outbox, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import Fact
from wangge.registry.models import Person
from wangge.territory import queries, services, terms
from wangge.territory.models import Division, Dwelling, GridCell, StandardAddress, Transfer
from wangge.territory.rules import transfers as rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]
XINMIN, SHIDAI = 430204005001000, 430204005003000
NEW_DISTRICT = 430271000000000
DAY = date(2026, 4, 1)


def clerk() -> Actor:
    return make.actor("registry_clerk", place=make.SHIFENG)


def leader(place: int = make.SHIFENG) -> Actor:
    return make.actor("leader", place=place)


def person(place: int, name: str = "苗禾青") -> Person:
    now = clock.now()
    return Person.objects.create(place_code=place, name=name, source="试验", created_at=now, updated_at=now)


def dwelling(place: int, words: str) -> Dwelling:
    address = StandardAddress.objects.create(kind="dwelling", name=words, full=words, key=words, place_code=place)
    return Dwelling.objects.create(address=address, place_code=place)


def cells_of(community: int) -> list[int]:
    return list(queries.cells(community).values_list("code", flat=True))


def plan(kind: str = "merge", to: int = SHIDAI, **about: Any) -> Transfer:
    with scope.system():
        made = services.prepare_transfer(
            actor=clerk(),
            title="新民并入时代",
            kind=kind,
            from_district=make.SHIFENG,
            to_district=make.SHIFENG,
            on=DAY,
            **about,
        )
        return services.plan_cells(
            actor=clerk(), transfer_id=made.pk, seen_step=made.step, rows=[(c, to) for c in cells_of(XINMIN)]
        )


def signed(found: Transfer) -> Transfer:
    with scope.system():
        found = services.offer_transfer(actor=clerk(), transfer_id=found.pk, seen_step=found.step)
        found = services.sign_transfer(actor=leader(), transfer_id=found.pk, seen_step=found.step, side="from")
        return services.sign_transfer(
            actor=make.actor("leader", place=make.SHIFENG, name="yi"),
            transfer_id=found.pk,
            seen_step=found.step,
            side="to",
        )


def carried_out(found: Transfer, monkeypatch: pytest.MonkeyPatch) -> Transfer:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-04-01T00:05:00+08:00"))
    with scope.system():
        done = services.carry_out_transfer(actor=SYSTEM, transfer_id=found.pk)
    fact = Fact.objects.filter(name="territory.TerritoryTransferred").latest("pk")
    for subscriber in ("wangge.casework.reactions.follow_the_land", "wangge.registry.reactions.follow_the_land"):
        outbox.deliver(fact.pk, subscriber)
        assert outbox.deliver(fact.pk, subscriber) is False
    return done


PLANS = [
    ("merge", [(430202001001001, SHIDAI)], [SHIDAI], {}, [], "不属于移出区"),
    ("merge", [(430204005001001, SHIDAI)], [SHIDAI], {}, [], ""),
    ("merge", [], [], {}, [], "还没有列入移交的网格"),
    ("merge", [(430204005001001, SHIDAI)], [], {}, [], "既不存在"),
    ("split", [(430204005001001, 430204005009000)], [430204005000000], {430204005009000: "新一社区"}, [], ""),
    ("split", [(430204005001001, 430204005009000)], [], {430204005009000: "新一社区"}, [], "没有上级区划"),
    ("pass", [(430204005001001, SHIDAI)], [SHIDAI], {}, ["duty", "task", "problem"], "保障清单还是空的"),
    ("pass", [(430204005001001, SHIDAI)], [SHIDAI], {}, list(terms.TRANSFER_LISTS), ""),
]


@pytest.mark.parametrize(("kind", "cells", "known", "planned", "lists", "said"), PLANS)
def test_a_plan_says_what_it_lacks(kind, cells, known, planned, lists, said):
    found = rules.faults(kind, cells, known, planned, make.SHIFENG, make.SHIFENG, lists)
    assert (said in " ".join(found)) if said else not found


@pytest.mark.parametrize(
    ("state", "on", "allowed"),
    [
        ("draft", DAY, False),
        ("offered", DAY, False),
        ("signed", DAY, True),
        ("signed", DAY + timedelta(days=1), False),
        ("done", DAY, False),
        ("cancelled", DAY, False),
    ],
)
def test_only_a_signed_transfer_is_carried_out_and_only_on_its_day(state, on, allowed):
    assert (rules.may_carry_out(state, on, DAY) == "") is allowed


def test_a_plan_changes_nothing():
    before = sorted(GridCell.objects.values_list("code", "valid"), key=str)
    found = plan()
    assert [p.code for p in queries.passing(found)][:1] > [SHIDAI]
    assert sorted(GridCell.objects.values_list("code", "valid"), key=str) == before
    assert Division.objects.get(pk=XINMIN).valid.upper is None


def test_records_addresses_and_open_cases_follow_and_the_past_stays_readable(monkeypatch):
    with scope.system():
        home = make.cell(XINMIN)
        lived_in = person(home.code)
        uncelled = person(XINMIN, "柏沐宁")
        room, twin = dwelling(home.code, "3号"), dwelling(make.cell(SHIDAI).code, "3号")
        case = make.case(at=home)
        closed = make.case("closed", home)
        officer = make.officer(home)
    found = carried_out(signed(plan()), monkeypatch)
    now = {p.cell.pk: p.code for p in queries.passing(found)}
    with scope.system():
        for row in (lived_in, uncelled, room, twin):
            row.refresh_from_db()
        assert lived_in.place_code == now[home.code]
        assert uncelled.place_code == SHIDAI
        assert room.place_code == now[home.code]
        assert {room.address.key, twin.address.key} == {"新民社区3号", "3号"}
        moved, stays = Case.objects.get(pk=case.pk), Case.objects.get(pk=closed.pk)
        assert (moved.place_code, stays.place_code) == (now[home.code], home.code)
        last = Step.objects.filter(case=moved).latest("seq")
        assert (last.command, last.seq, last.data["from"]) == ("passed_on", moved.step, str(home.code))
        assert Post.objects.get(pk=officer.post_id).place_code == now[home.code]
        assert not Department.objects.filter(kind="community", place_code=XINMIN, is_active=True).exists()
    assert queries.name_of(home.code)
    assert queries.path_of(home.code).startswith("石峰区·井龙街道·新民社区")
    assert GridCell.objects.get(pk=home.code).valid.upper == DAY
    assert Division.objects.get(pk=XINMIN).valid.upper == DAY
    assert home.code in queries.tree_codes(found, SHIDAI, tree="new")
    assert set(queries.tree_codes(found, XINMIN, tree="old")) == {home.code, now[home.code]}


def test_the_same_land_counts_once_in_either_tree_before_and_after(monkeypatch):
    with scope.system():
        for _ in range(3):
            make.case(at=make.cell(XINMIN))
        make.case(at=make.cell(SHIDAI))

    def counts(found: Transfer, tree: str) -> list[int]:
        with scope.system():
            return [
                Case.objects.filter(place_code__in=queries.tree_codes(found, c, tree=tree)).count()
                for c in (XINMIN, SHIDAI)
            ]

    planned = plan()
    assert (counts(planned, "old"), counts(planned, "new")) == ([3, 1], [0, 4])
    done = carried_out(signed(planned), monkeypatch)
    assert (counts(done, "old"), counts(done, "new")) == ([3, 1], [0, 4])


def test_what_is_under_way_goes_on_where_the_land_lies_now(monkeypatch):
    from wangge.events.tests import make_devices
    from wangge.registry import services as registry
    from wangge.registry.models import PersonMove, SampleItem, SamplePlan, SampleStratum
    from wangge.registry.tests import make as people
    from wangge.territory.models import AddressDoubt, Device

    with scope.system():
        home, other = make.cell(XINMIN), make.cell(430204001000000)
        one, two = people.person(SYSTEM, home.code), people.person(SYSTEM, other.code)
        leaving = registry.ask_move(actor=make.officer(home), person_id=one.pk, to_place=other.code)
        registry.ask_move(actor=make.officer(other), person_id=two.pk, to_place=home.code)
        sample = SamplePlan.objects.create(
            title="抽查", place_code=make.SHIFENG, place_to=make.SHIFENG + 10**9 - 1, fields=["name"], size=2, seed="a",
            due_on=DAY, made_by="甲", made_at=clock.now(),
        )  # fmt: skip
        stratum = SampleStratum.objects.create(
            plan=sample, street_code=home.code // 10**6 * 10**6, kind="hukou", population=2, size=2
        )
        waiting, checked = (
            SampleItem.objects.create(plan=sample, stratum=stratum, person=p, place_code=home.code, position=n, **more)
            for n, (p, more) in enumerate(
                [(one, {}), (two, {"state": "checked", "checked_at": clock.now(), "checked_by": "乙"})]
            )
        )
        about = {"text": "响田路3", "key": "响田路3", "first_at": clock.now(), "last_at": clock.now()}
        asked = AddressDoubt.objects.create(place_code=XINMIN, **about)
        device = make_devices.device("access", home)
        alarm = make_devices.alarm(on=device)
    found = carried_out(signed(plan()), monkeypatch)
    now = {p.cell.pk: p.code for p in queries.passing(found)}
    with scope.system():
        outbox.deliver(Fact.objects.filter(name="territory.TerritoryTransferred").latest("pk").pk, EVENTS)
        moves = set(PersonMove.objects.values_list("from_place", "to_place"))
        assert moves == {(now[home.code], other.code), (other.code, now[home.code])}
        registry.accept_move(actor=make.officer(other), move_id=leaving.pk)
        waiting.refresh_from_db()
        checked.refresh_from_db()
        assert (waiting.place_code, checked.place_code) == (now[home.code], home.code)
        assert AddressDoubt.objects.get(pk=asked.pk).place_code == SHIDAI
        assert Device.objects.get(pk=device.pk).place_code == now[home.code]
        alarm.refresh_from_db()
        assert alarm.place_code == now[home.code]


EVENTS = "wangge.events.reactions.follow_the_land"


def test_what_was_being_written_to_the_old_codes_meanwhile_follows_within_minutes(monkeypatch):
    from wangge.territory import tasks

    with scope.system():
        home = make.cell(XINMIN)
        late = make.case(at=home)
    found = carried_out(signed(plan()), monkeypatch)
    now = {p.cell.pk: p.code for p in queries.passing(found)}
    with scope.system():
        # As if they had been committed just after the rooms had moved theirs.
        Case.objects.filter(pk=late.pk).update(place_code=home.code)
        uncelled, room = person(XINMIN), dwelling(home.code, "9号")
    tasks.carry_out_transfers(0)
    facts = Fact.objects.filter(name="territory.TerritoryTransferred").order_by("pk")
    first, second = (f.data for f in facts)
    assert first == second
    for subscriber in ("wangge.casework.reactions.follow_the_land", "wangge.registry.reactions.follow_the_land"):
        outbox.deliver(facts[1].pk, subscriber)
    with scope.system():
        for row in (late, uncelled, room):
            row.refresh_from_db()
        assert (late.place_code, uncelled.place_code, room.place_code) == (now[home.code], SHIDAI, now[home.code])
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-04-01T06:00:00+08:00"))
    tasks.carry_out_transfers(0)
    assert facts.all().count() == 2


def test_one_cell_is_not_promised_twice(monkeypatch):
    first, second = plan(), plan()
    with scope.system():
        services.offer_transfer(actor=clerk(), transfer_id=first.pk, seen_step=first.step)
        with pytest.raises(Refusal, match="已列入另一次移交“新民并入时代”"):
            services.offer_transfer(actor=clerk(), transfer_id=second.pk, seen_step=second.step)
        services.cancel_transfer(actor=clerk(), transfer_id=first.pk, seen_step=first.step + 1, reason="重复")
        services.offer_transfer(actor=clerk(), transfer_id=second.pk, seen_step=second.step)


def test_a_plan_that_the_land_has_overtaken_is_refused_with_its_reason_and_shown(monkeypatch, sign_in):
    found = signed(plan())
    gone = GridCell.objects.get(pk=cells_of(XINMIN)[0])
    gone.valid = type(gone.valid)(gone.valid.lower, date(2026, 3, 20))
    gone.save(update_fields=["valid"])
    page = sign_in(clerk()).get(f"/desk/transfers/{found.pk}").content.decode()
    assert "到日将不能执行" in page
    assert "已不在有效期内" in page
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-04-01T00:05:00+08:00"))
    with scope.system(), pytest.raises(Refusal, match="已不在有效期内"):
        services.carry_out_transfer(actor=SYSTEM, transfer_id=found.pk)
    assert Transfer.objects.get(pk=found.pk).state == "signed"
    assert Division.objects.get(pk=XINMIN).valid.upper is None


def test_a_sheet_with_the_old_code_finds_the_land_under_its_new_one(monkeypatch):
    from wangge.registry.queries.imports import places

    old = cells_of(XINMIN)[0]
    found = carried_out(signed(plan()), monkeypatch)
    new = next(p.code for p in queries.passing(found) if p.cell.pk == old)
    with scope.system():
        assert queries.passed_on()[old] == new
        assert [c.pk for c in queries.search(str(old), make.SHIFENG, ever=True)] == [old]
        assert queries.search(str(old), make.SHIFENG) == []
        assert places(SYSTEM, make.SHIFENG)[str(old)] == new
        elsewhere = make.officer(make.cell(430204001000000))
        assert str(old) not in places(elsewhere, elsewhere.lo)


def test_half_a_community_leaves_the_other_half_and_its_office(monkeypatch):
    with scope.system():
        big = next(c.pk for c in queries.communities(make.SHIFENG) if len(cells_of(c.pk)) > 1)
        street = big - big % 10**6
        first, *rest = cells_of(big)
        found = services.prepare_transfer(
            actor=clerk(), title="拆出一格", kind="split", from_district=make.SHIFENG, to_district=make.SHIFENG, on=DAY
        )
        new = street + 999_000
        found = services.plan_divisions(
            actor=clerk(), transfer_id=found.pk, seen_step=found.step, named={new: "新一社区居委会"}
        )
        found = services.plan_cells(actor=clerk(), transfer_id=found.pk, seen_step=found.step, rows=[(first, new)])
        case = make.case(at=GridCell.objects.get(pk=first))
    carried_out(signed(found), monkeypatch)
    assert queries.name_of(new) == "新一社区"
    with scope.system():
        assert Department.objects.get(kind="community", place_code=big).is_active
        assert Department.objects.get(kind="community", place_code=new).parent.place_code == street
        assert Case.objects.get(pk=case.pk).place_code == new + 1
    assert Division.objects.get(pk=big).valid.upper is None
    assert sorted(queries.cells(big).values_list("code", flat=True)) == sorted(rest)


def test_to_another_authority_a_new_district_is_set_up_and_old_officers_end(monkeypatch):
    with scope.system():
        home = make.cell(XINMIN)
        officer = make.officer(home)
        case = make.case(at=home)
        found = services.prepare_transfer(
            actor=clerk(),
            title="向经开区移交",
            kind="pass",
            from_district=make.SHIFENG,
            to_district=NEW_DISTRICT,
            on=DAY,
        )
        street, community = NEW_DISTRICT + 10**6, NEW_DISTRICT + 10**6 + 1000
        named = {NEW_DISTRICT: "经济开发区", street: "演示街道", community: "演示社区居委会"}
        found = services.plan_divisions(actor=clerk(), transfer_id=found.pk, seen_step=found.step, named=named)
        rows = [(c, community) for c in cells_of(XINMIN)]
        found = services.plan_cells(actor=clerk(), transfer_id=found.pk, seen_step=found.step, rows=rows)
        for kind in terms.TRANSFER_LISTS:
            services.add_transfer_item(actor=clerk(), transfer_id=found.pk, kind=kind, title="网格治理", owner="双方")
        found = Transfer.objects.get(pk=found.pk)
        found = services.offer_transfer(actor=clerk(), transfer_id=found.pk, seen_step=found.step)
        found = services.sign_transfer(actor=leader(), transfer_id=found.pk, seen_step=found.step, side="from")
        with pytest.raises(Refusal, match="不能代另一方签署"):
            services.sign_transfer(actor=leader(), transfer_id=found.pk, seen_step=found.step, side="to")
        from wangge.kernel import files

        paper = files.put(b"%PDF-1.4\n%%EOF\n", name="memo.pdf", actor=leader())
        found = services.sign_transfer(
            actor=leader(),
            transfer_id=found.pk,
            seen_step=found.step,
            side="to",
            signer="经开区管委会",
            paper=paper.sha256,
        )
    carried_out(found, monkeypatch)
    with scope.system():
        moved = Case.objects.get(pk=case.pk)
        assert moved.district_code == NEW_DISTRICT
        assert not Post.objects.get(pk=officer.post_id).is_active
        assert Department.objects.get(kind="centre", place_code=NEW_DISTRICT).is_active
    ours, theirs = make.actor("supervisor", place=make.SHIFENG), make.actor("supervisor", place=NEW_DISTRICT)
    with scope.use(ours):
        assert not Case.objects.filter(pk=case.pk).exists()
    with scope.use(theirs):
        assert Case.objects.filter(pk=case.pk).exists()


def test_changed_content_must_be_signed_again_and_a_cancelled_transfer_never_happens(monkeypatch):
    found = signed(plan())
    with scope.system():
        again = services.reopen_transfer(actor=clerk(), transfer_id=found.pk, seen_step=found.step)
        assert (again.state, again.signatures.count()) == ("draft", 0)
        with pytest.raises(Refusal, match="双方签署后才能执行"):
            services.carry_out_transfer(actor=SYSTEM, transfer_id=found.pk)
        services.cancel_transfer(actor=clerk(), transfer_id=found.pk, seen_step=again.step, reason="方案调整")
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-05-01T00:05:00+08:00"))
    assert queries.due_transfers(date(2026, 5, 1)) == []
    assert GridCell.objects.get(pk=cells_of(XINMIN)[0]).valid.upper is None


def test_before_its_day_a_signed_transfer_waits():
    found = signed(plan())
    assert queries.due_transfers(DAY - timedelta(days=1)) == []
    assert queries.due_transfers(DAY) == [found.pk]
    with scope.system(), pytest.raises(Refusal, match="到这一天才执行"):
        services.carry_out_transfer(actor=SYSTEM, transfer_id=found.pk)


def test_one_person_does_not_sign_for_both_sides():
    found = plan()
    with scope.system():
        found = services.offer_transfer(actor=clerk(), transfer_id=found.pk, seen_step=found.step)
        one = leader()
        found = services.sign_transfer(actor=one, transfer_id=found.pk, seen_step=found.step, side="from")
        with pytest.raises(Refusal, match="不同的人"):
            services.sign_transfer(actor=one, transfer_id=found.pk, seen_step=found.step, side="to")


def test_the_wrong_hands_are_refused():
    found = plan()
    other = make.actor("registry_clerk", place=make.HETANG)
    with scope.system():
        with pytest.raises(NotHere):
            services.offer_transfer(actor=other, transfer_id=found.pk, seen_step=found.step)
        with pytest.raises(NoRight):
            services.offer_transfer(actor=make.officer(make.cell(XINMIN)), transfer_id=found.pk, seen_step=found.step)
        with pytest.raises(Refusal, match="他人已修改"):
            services.offer_transfer(actor=clerk(), transfer_id=found.pk, seen_step=found.step - 1)


def test_every_table_with_a_place_follows_the_land_or_is_known_to_stay():
    from wangge.registry.services.transfers import FOLLOW, STAY
    from wangge.territory.services.transfers import _PLACED as land

    with connection.cursor() as cursor:
        cursor.execute(
            "select table_name from information_schema.columns where column_name = 'place_code'"
            " and (table_name like 'registry\\_%' or table_name like 'territory\\_%')"
        )
        tables = {row[0] for row in cursor.fetchall()}
    # A count of changes, a question asked once in an area, and a census over one: they begin anew where the land is now.
    begin_anew = {"territory_addressversion", "territory_addressdoubt", "territory_fixturecensus"}
    assert tables == set(FOLLOW) | set(STAY) | set(land) | begin_anew


SHOWN = ["cases", "people", "households", "dwellings", "rentals", "organisations", "fixtures", "devices", "alarms"]


def test_the_pages_show_the_plan_and_take_it_to_signature(sign_in):
    found = plan()
    client = sign_in(clerk())
    page = client.get(f"/desk/transfers/{found.pk}")
    assert page.status_code == 200
    assert "随之移动的记录" in page.content.decode()
    assert client.get("/desk/transfers").status_code == client.get("/desk/transfers/new").status_code == 200
    for show in SHOWN:
        assert client.get(f"/desk/transfers/{found.pk}?show={show}").status_code == 200
    assert client.get(f"/desk/transfers/{found.pk}/export?show=people").status_code == 200
    assert client.post(f"/desk/transfers/{found.pk}/do/offer", {"seen_step": found.step}).status_code == 302
    assert Transfer.objects.get(pk=found.pk).state == "offered"
