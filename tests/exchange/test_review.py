"""关联: documents first, then weights; a person decides what is doubtful; decisions hold and can be taken back."""

from datetime import date, timedelta

import pytest

from tests import make as district_make
from tests.exchange import make
from wangge.exchange import queries, services
from wangge.exchange.models import Link, LinkModel, LinkRun, Record
from wangge.exchange.services import linking as linking_service
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry
from wangge.registry import services as registry
from wangge.registry.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


@pytest.fixture
def compared():
    """Four people; of the source's rows one has the document, one only the rest, one another name, one is a stranger."""
    people, source = make.people(), make.source()
    rows = [
        make.row(people[0], "S0"),
        make.row(people[1], "S1", id_number=""),
        make.row(people[2], "S2", id_number="", name="水汀野"),
        make.row(people[3], "S3", id_number="", name="穆朗晏", birth="1955-01-09", phone="", home="别处路1号"),
    ]
    make.take(source, rows)
    return source, [p[0] for p in people]


def states(source):
    return sorted(Link.objects.filter(record__source=source).values_list("record__name", "state", "how", "why"))


def test_a_run_links_what_is_sure_and_asks_about_the_rest(compared):
    source, people = compared
    run = make.run(source)
    assert (run.state, run.records, run.by_document, run.by_probability, run.for_review, run.alone) == (
        "done",
        4,
        1,
        1,
        1,
        1,
    )
    assert states(source) == [
        ("柏岩岑", "linked", "probability", ""),
        ("水汀野", "proposed", "probability", "twins"),
        ("苗禾青", "linked", "document", ""),
    ]
    assert run.model is not None
    assert run.model.trained["method"] == "shipped"
    assert linking_service.model_path(run.model.digest).exists()
    # What a reviewer sees: both sides, numbers masked, each agreement in a word.
    (best,) = queries.review_list(make.manager(), source)
    ((link, person, lines),) = queries.candidates(make.manager(), best.record)
    assert (link.pk, person["id"]) == (best.pk, people[2].pk)
    said = {x.title: x.said for x in lines}
    assert (said["证件号码"], said["联系电话"], said["出生日期"]) == ("缺项", "相同", "相同")
    assert all("*" in x.ours for x in lines if x.title in ("证件号码", "联系电话"))


def test_a_second_run_links_nothing_twice_and_trains_no_new_model(compared):
    source, _ = compared
    make.run(source)
    again = make.run(source)
    assert (again.records, again.by_document, again.for_review) == (2, 0, 1)
    assert LinkModel.objects.count() == 1
    assert Link.objects.filter(state="linked").count() == 2


def test_a_reviewer_accepts_and_the_second_one_reads_who_was_faster(compared):
    source, people = compared
    make.run(source)
    (link,) = queries.review_list(make.manager(), source)
    services.accept_link(actor=make.manager(), link_id=link.pk, seen_step=link.step, note="电话核实")
    with pytest.raises(Refusal) as refused:
        services.reject_link(actor=make.manager(), link_id=link.pk, seen_step=link.step)
    assert refused.value.code == "decided"
    assert make.manager().name in refused.value.sentence
    ((held, row, values),) = queries.records_of_person(make.manager(), people[2].pk)
    assert (held.how, row.source_id) == ("person", source.pk)
    assert dict(values)["手机"].count("*") == 4


def test_what_was_rejected_is_never_proposed_again_and_what_was_undone_only_shown(compared):
    source, _ = compared
    make.run(source)
    (link,) = queries.review_list(make.manager(), source)
    services.reject_link(actor=make.manager(), link_id=link.pk, seen_step=link.step)
    sure = Link.objects.get(state="linked", how="document")
    services.undo_link(actor=make.manager(), link_id=sure.pk, reason="核实后不是同一人")
    run = make.run(source)
    assert (run.by_document, run.for_review) == (0, 1)
    (again,) = queries.review_list(make.manager(), source)
    assert (again.record_id, again.why) == (sure.record_id, "undone")
    with pytest.raises(Refusal) as refused:
        services.undo_link(actor=make.manager(), link_id=sure.pk, reason="再撤")
    assert refused.value.code == "not_linked"


def test_a_run_can_be_taken_back_but_not_what_people_decided(compared):
    source, _ = compared
    run = make.run(source)
    (link,) = queries.review_list(make.manager(), source)
    services.accept_link(actor=make.manager(), link_id=link.pk, seen_step=link.step)
    _, undone, kept = services.undo_run(actor=make.manager(), run_id=run.pk, reason="阈值设错")
    assert (undone, kept) == (2, 1)
    assert Link.objects.filter(state="linked").count() == 1
    assert make.run(source).by_document == 1


def test_a_row_that_became_somebody_else_loses_its_link(compared):
    source, people = compared
    make.run(source)
    make.take(source, [{"card": "S1", "name": "别人名", "birth": "1975-07-27", "sex": "女"}])
    link = Link.objects.get(person=people[1].pk)
    assert (link.state, "重新比对" in link.note) == ("undone", True)


def test_a_run_that_was_killed_leaves_nothing_and_the_next_one_says_so(compared, monkeypatch):
    source, _ = compared

    class Killed(BaseException):
        pass

    def killed(**given):
        raise Killed

    monkeypatch.setattr(linking_service, "write_run", killed)
    with pytest.raises(Killed):
        make.run(source)
    assert LinkRun.objects.get().state == "running"
    assert not Link.objects.exists()
    monkeypatch.undo()
    done = make.run(source)
    assert done.state == "done"
    assert sorted(LinkRun.objects.values_list("state", flat=True)) == ["done", "failed"]


def test_two_runs_of_a_source_do_not_meet(compared):
    source, _ = compared
    asked = services.ask_run(actor=make.manager(), source_id=source.pk)
    assert services.ask_run(actor=make.manager(), source_id=source.pk).pk == asked.pk
    with linking_service._alone(source.pk) as mine:
        assert mine
        with pytest.raises(Refusal) as refused:
            services.run_link(asked.pk)
    assert refused.value.code == "busy"
    assert services.run_link(asked.pk).state == "done"


def test_who_may_not_link_sees_nothing_of_it(compared):
    source, people = compared
    make.run(source)
    (link,) = queries.review_list(make.manager(), source)
    officer = district_make.officer(district_make.cell())
    stranger = district_make.actor("data_manager", place=district_make.HETANG)
    for call in (
        lambda a: queries.review_list(a, source),
        lambda a: queries.records_of_person(a, people[0].pk),
        lambda a: services.accept_link(actor=a, link_id=link.pk, seen_step=1),
        lambda a: services.ask_run(actor=a, source_id=source.pk),
    ):
        with pytest.raises(NoRight):
            call(officer)
    with scope.use(stranger):
        assert list(queries.review_list(stranger)) == []
        assert queries.records_of_person(stranger, people[0].pk) == []
        assert Record.objects.count() == 0
        for shut in (
            lambda a: services.accept_link(actor=a, link_id=link.pk, seen_step=1),
            lambda a: queries.record(a, link.record_id),
            lambda a: services.ask_run(actor=a, source_id=source.pk),
        ):
            with pytest.raises(NotHere):
                shut(stranger)


def test_rows_of_a_special_group_leave_no_trace_for_others(compared):
    source, people = compared
    make.run(source)
    type(source).objects.filter(pk=source.pk).update(group="drug")
    Record.objects.update(group="drug")
    LinkRun.objects.update(group="drug")
    manager = make.manager()
    with scope.use(manager):
        assert list(queries.sources(manager)) == []
        assert list(queries.review_list(manager)) == []
        assert queries.records_of_person(manager, people[0].pk) == []
        assert LinkRun.objects.count() == Link.objects.count() == 0


def test_everything_is_on_record_without_personal_data(compared):
    source, people = compared
    make.run(source)
    (link,) = queries.review_list(make.manager(), source)
    services.accept_link(actor=make.manager(), link_id=link.pk, seen_step=link.step)
    entries = AuditEntry.objects.filter(action__startswith="exchange.")
    assert {"exchange.source_registered", "exchange.intake_done", "exchange.run_done", "exchange.link_accepted"} <= set(
        entries.values_list("action", flat=True)
    )
    text = " ".join(str(d) for d in entries.values_list("data", flat=True))
    assert not any(p.name in text for p in people)


def test_a_person_who_is_forgotten_leaves_their_rows_empty(compared):
    source, people = compared
    make.run(source)
    assert services.forget_person(actor=SYSTEM, person_id=people[0].pk) == 1
    assert Record.objects.filter(sealed=None, name="", state="expired").count() == 1
    assert queries.records_of_person(SYSTEM, people[0].pk) == []


def test_why_this_pair_is_told_field_by_field_in_words(compared):
    source, _ = compared
    make.run(source)
    (best,) = queries.review_list(make.manager(), source)
    ((_, _, lines),) = queries.candidates(make.manager(), best.record)
    assert queries.told(lines) == "相同：性别、出生日期、联系电话、住址；接近：姓名（一字不同）；无法比较：证件号码"
    speaks = {x.title: x.speaks for x in lines}
    assert (speaks["联系电话"], speaks["性别"], speaks["证件号码"]) == ("有力支持", "作用不大", "")


def test_links_follow_a_record_that_was_merged_and_come_back_when_it_is_parted(compared):
    source, people = compared
    make.run(source)
    double = registry.register(
        actor=SYSTEM, values={"name": people[0].name}, place_code=people[0].place_code, source="采集", sure_is_new=True
    )
    judged = registry.note_same(
        actor=SYSTEM, keep_id=double.pk, drop_id=people[0].pk, same=True, reason="同一人两份档案"
    )
    assert len(queries.records_of_person(SYSTEM, double.pk)) == 1
    linked = Link.objects.get(person=people[0].pk, state="linked")
    ((_, shown, _),) = queries.candidates(make.manager(), linked.record, "linked")
    assert shown["id"] == double.pk
    registry.undo_same(actor=SYSTEM, decision_id=judged.pk, reason="判断有误")
    assert queries.records_of_person(SYSTEM, double.pk) == []
    assert len(queries.records_of_person(SYSTEM, people[0].pk)) == 1


def test_what_was_rejected_is_rejected_for_the_record_it_was_merged_into(compared):
    source, people = compared
    make.run(source)
    (link,) = queries.review_list(make.manager(), source)
    services.reject_link(actor=make.manager(), link_id=link.pk, seen_step=link.step)
    values = {"name": people[2].name, "home_address": people[2].home_address, "birth_on": people[2].birth_on}
    double = registry.register(
        actor=SYSTEM, values=values, place_code=people[2].place_code, source="采集", sure_is_new=True
    )
    registry.note_same(actor=SYSTEM, keep_id=double.pk, drop_id=people[2].pk, same=True, reason="同一人两份档案")
    assert make.run(source).for_review == 0


def test_rows_of_the_dead_are_linked_and_say_so(compared):
    source, people = compared
    registry.die(actor=SYSTEM, person_id=people[0].pk, on=date(2026, 3, 1), source="殡葬")
    assert make.run(source).by_document == 1
    linked = Link.objects.get(person=people[0].pk)
    ((_, person, _),) = queries.candidates(make.manager(), linked.record, "linked")
    assert (person["state"], person["state_on"]) == ("已故", date(2026, 3, 1))


def test_a_person_who_left_the_reviewers_land_is_counted_not_shown(compared):
    source, people = compared
    make.run(source)
    linked = Link.objects.get(person=people[0].pk)
    Person.objects.filter(pk=people[0].pk).update(place_code=district_make.HETANG)
    manager = make.manager()
    with scope.use(manager):
        assert queries.candidates(manager, linked.record, "linked") == []
        assert queries.out_of_sight(manager, linked.record) == 1


def test_a_run_that_a_kill_left_is_closed_and_one_that_runs_is_not(compared, monkeypatch):
    source, _ = compared
    asked = services.ask_run(actor=make.manager(), source_id=source.pk)
    services.start_run(actor=SYSTEM, run_id=asked.pk)
    LinkRun.objects.filter(pk=asked.pk).update(started_at=asked.started_at - timedelta(hours=1))
    with linking_service._alone(source.pk):
        assert services.close_lost_runs() == 0
    assert services.close_lost_runs() == 1
    assert "重新比对" in LinkRun.objects.get(pk=asked.pk).problem


def test_what_was_proposed_about_somebody_erased_is_no_longer_proposed(compared):
    source, people = compared
    make.run(source)
    assert services.forget_person(actor=SYSTEM, person_id=people[2].pk) == 0
    assert list(queries.review_list(make.manager(), source)) == []
    assert Record.objects.filter(name="水汀野", state="current").count() == 1
