"""共享: asked by an office, allowed by another person, for fields, a purpose and a time; every delivery marked and kept."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.exchange import make
from wangge.exchange import queries, services
from wangge.exchange.models import Delivery, ShareRequest
from wangge.exchange.rules import sharing
from wangge.kernel import clock, scope
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.sealed import Blinder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]
OTHER = "430204-emergency"


@pytest.fixture
def listed():
    source = make.source()
    make.take(source, [make.row(p, f"S{n}") for n, p in enumerate(make.people())])
    entry = services.list_dataset(
        actor=make.manager(),
        source_id=source.pk,
        code="SF-SB-001",
        name="居民养老保险参保信息",
        about="参保人员基本信息和缴费情况",
        share="asked",
        basis="含个人信息，仅用于办理业务",
        fields=["name", "id_number", "phone", "paid_to"],
    )
    services.publish_dataset(actor=make.manager(), dataset_id=entry.pk, listed=True)
    return entry


def ask(entry, by=None, **given):
    values: dict[str, Any] = {
        "fields": ["name", "id_number", "paid_to"], "full": ["id_number"], "purpose": "核对高龄补贴发放对象",
        "legal_basis": "《老年人权益保障法》第三十三条", "from_on": date(2026, 3, 10), "until_on": date(2026, 6, 30),
    }  # fmt: skip
    return services.ask_share(actor=by or make.liaison(), dataset_id=entry.pk, **(values | given))


def approve(one, **given):
    return services.decide_share(actor=make.approver(), number=one.number, seen_step=one.step, approved=True, **given)


def test_from_the_request_to_the_marked_sheet(listed):
    asked = ask(listed)
    assert (asked.state, asked.due_on) == ("asked", date(2026, 3, 24))
    with pytest.raises(Refusal) as early:
        services.deliver(actor=make.liaison(), number=asked.number)
    assert early.value.code == "not_running"
    approve(asked)
    with scope.use(make.liaison()):
        delivery, content = services.deliver(actor=make.liaison(), number=asked.number)
    rows: Any = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert "核对高龄补贴发放对象" in rows[0][0]
    assert delivery.mark in rows[0][0]
    assert rows[1] == ["姓名", "身份证号", "缴费至", "溯源码"]
    assert len(rows) == 6
    assert all(len(r[1]) == 18 and "*" not in r[1] for r in rows[2:])
    blinder = Blinder("exchange-marks")
    assert sharing.read_mark(rows[3][3], blinder.every, {delivery.mark}) == (delivery.mark, 2)
    forged = rows[3][3][:-1] + ("0" if rows[3][3][-1] != "0" else "1")
    assert sharing.read_mark(forged, blinder.every, {delivery.mark}) is None


def test_what_was_not_allowed_in_full_is_masked_and_what_was_not_asked_is_not_there(listed):
    asked = ask(listed, fields=["name", "id_number", "phone"], full=["id_number", "phone"])
    approve(asked, full=["phone"], fields=["name", "id_number", "phone"])
    _, rows, following = services.deliver_page(actor=make.liaison(), number=asked.number, after=0, size=3)
    assert list(rows[0]) == ["name", "id_number", "phone", "溯源码"]
    assert "*" in rows[0]["id_number"]
    assert rows[0]["phone"].startswith("142")
    _, rest, end = services.deliver_page(actor=make.liaison(), number=asked.number, after=following or 0, size=3)
    assert (len(rows), len(rest), end) == (3, 1, None)
    assert Delivery.objects.count() == 2


def test_an_approver_allows_less_never_more(listed):
    asked = ask(listed, fields=["name", "paid_to"], full=[])
    with pytest.raises(Refusal):
        approve(asked, until_on=date(2027, 1, 1))
    done = approve(asked, fields=["name", "phone"], full=["phone"], until_on=date(2026, 4, 30))
    assert (done.fields, done.full, done.until_on) == (["name"], [], date(2026, 4, 30))


def test_who_asks_does_not_allow_and_the_second_decision_is_refused(listed):
    asked = ask(listed)
    with pytest.raises(NoRight):
        services.decide_share(actor=make.liaison(), number=asked.number, seen_step=1, approved=True)
    services.decide_share(actor=make.approver(), number=asked.number, seen_step=1, approved=False, note="用途不明确")
    with pytest.raises(Refusal) as refused:
        approve(asked)
    assert refused.value.code == "decided"


def test_another_office_sees_neither_the_request_nor_the_data(listed):
    asked = ask(listed)
    approve(asked)
    other = make.liaison(OTHER)
    with scope.use(other):
        assert list(queries.requests(other)) == []
        for call in (services.deliver, services.withdraw_share):
            with pytest.raises(NotHere):
                call(actor=other, number=asked.number)
        assert ShareRequest.objects.count() == Delivery.objects.count() == 0


def test_a_sharing_ends_with_its_period_its_revocation_or_its_entry(listed, monkeypatch):
    first = ask(listed)
    approve(first)
    monkeypatch.setattr(clock, "today", lambda: date(2026, 7, 1))
    with pytest.raises(Refusal):
        services.deliver(actor=make.liaison(), number=first.number)
    monkeypatch.undo()
    services.revoke_share(actor=make.approver(), number=first.number, reason="用途已结束")
    with pytest.raises(Refusal) as refused:
        services.deliver(actor=make.liaison(), number=first.number)
    assert "已终止" in refused.value.sentence
    second = ask(listed)
    approve(second)
    services.publish_dataset(actor=make.manager(), dataset_id=listed.pk, listed=False, reason="来源停止供数")
    with pytest.raises(Refusal) as refused:
        services.deliver(actor=make.liaison(), number=second.number)
    assert "撤下" in refused.value.sentence


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"fields": []}, "fields"),
        ({"fields": ["name", "home"]}, "fields"),
        ({"full": ["phone"]}, "full"),
        ({"until_on": date(2026, 3, 1)}, "until_on"),
        ({"until_on": date(2026, 3, 10) + timedelta(days=400)}, "until_on"),
        ({"purpose": "用"}, "purpose"),
        ({"legal_basis": ""}, "legal_basis"),
    ],
)
def test_a_request_says_what_why_and_how_long(listed, given, field):
    with pytest.raises(Refusal) as refused:
        ask(listed, **given)
    assert refused.value.field == field


def test_personal_data_is_never_shared_without_condition(listed):
    with pytest.raises(Refusal) as refused:
        services.list_dataset(actor=make.manager(), source_id=listed.source_id, code="X", name="x", about="x", share="open", fields=["name"])  # fmt: skip
    assert refused.value.code == "personal"
    free = services.list_dataset(actor=make.manager(), source_id=listed.source_id, code="SF-SB-002", name="缴费截止统计", about="截止日期", share="open", fields=["paid_to"])  # fmt: skip
    services.publish_dataset(actor=make.manager(), dataset_id=free.pk, listed=True)
    assert ask(free, fields=["paid_to"], full=[]).state == "approved"


def test_a_field_that_the_entry_gave_up_since_is_not_given_any_more(listed):
    asked = ask(listed, fields=["name", "id_number", "phone"], full=["phone"])
    approve(asked)
    given = {"code": listed.code, "name": listed.name, "about": listed.about, "share": "asked", "basis": listed.basis}
    services.list_dataset(
        actor=make.manager(), source_id=listed.source_id, dataset_id=listed.pk, fields=["name"], **given
    )
    _, content = services.deliver(actor=make.liaison(), number=asked.number)
    rows: Any = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows[1] == ["姓名", "溯源码"]
    assert {r[0] for r in rows[2:]} == {p[0] for p in make.PEOPLE}
    _, page, _ = services.deliver_page(actor=make.liaison(), number=asked.number, after=0, size=3)
    assert list(page[0]) == ["name", "溯源码"]
    services.list_dataset(
        actor=make.manager(), source_id=listed.source_id, dataset_id=listed.pk, fields=["paid_to"], **given
    )
    with pytest.raises(Refusal) as refused:
        services.deliver(actor=make.liaison(), number=asked.number)
    assert refused.value.code == "not_shared"


def test_more_rows_than_a_sheet_holds_are_refused_not_cut(listed, monkeypatch):
    monkeypatch.setattr(queries, "MOST", 3)
    asked = ask(listed)
    approve(asked)
    with pytest.raises(Refusal) as refused:
        services.deliver(actor=make.liaison(), number=asked.number)
    assert refused.value.code == "table_too_large"
    assert not Delivery.objects.exists()


def test_an_entry_is_changed_over_its_own_source_only(listed):
    other = make.source("other")
    with pytest.raises(NotHere):
        services.list_dataset(actor=make.manager(), source_id=other.pk, dataset_id=listed.pk, code="x", name="x", about="x", share="asked", basis="含个人信息", fields=["name"])  # fmt: skip
