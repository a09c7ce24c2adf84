"""What a district decides of its alarms: from a day on, within bounds, by its own post, never for what has been raised."""

from datetime import timedelta

import pytest

from tests import make
from wangge.events import queries, services
from wangge.events.alarms import rules, terms
from wangge.events.models import Alarm, AlarmRule
from wangge.events.tests import make_devices as devices
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry
from wangge.territory.models import Device

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


def clerk(place: int = make.SHIFENG) -> Actor:
    return make.actor("registry_clerk", place=place)


def decide(kind: str = "falling", days: int = 1, actor: Actor | None = None, **values: int) -> AlarmRule:
    return services.set_alarm_rule(
        actor=actor or clerk(),
        district=make.SHIFENG,
        kind=kind,
        from_on=clock.today() + timedelta(days=days),
        values=values,
        note="会议纪要第 3 号",
    )


def minutes(found: Alarm) -> tuple[float, float]:
    assert found.due_at is not None
    assert found.escalate_at is not None
    due, escalate = ((at - found.raised_at).total_seconds() / 60 for at in (found.due_at, found.escalate_at))
    return due, escalate


def test_from_its_day_on_new_alarms_go_by_it_and_those_before_keep_theirs():
    before = devices.alarm("falling")
    decide(sign=8, next=20, arrive=45, join=60, finish=120)
    on = devices.device("falling")
    assert minutes(before) == minutes(devices.alarm("falling", on=on)) == (5, 5)
    with devices.later(days=1):
        after = devices.alarm("falling", on=on, code="water")
        assert minutes(after) == (8, 20)
        # Forty minutes apart is one alarm now, and was two.
        with devices.later(minutes=40):
            assert devices.alarm("falling", on=on, code="water").pk == after.pk
        guard = devices.keeper(make.cell())
        for one, arrive in ((before, 20), (after, 45)):
            signed = services.act_on_alarm(actor=guard, alarm_id=one.pk, command="sign")
            assert signed.due_at == clock.now() + timedelta(minutes=arrive)


def test_another_district_and_another_kind_stay_as_shipped():
    decide(sign=8)
    with devices.later(days=1):
        elsewhere = devices.alarm("falling", at=make.cell(430202001001000))
        assert minutes(elsewhere)[0] == minutes(devices.alarm("ebike"))[0] == 5


def test_how_far_it_is_handed_up_is_decided_too():
    decide(next=1, top=1)
    with devices.later(days=1):
        found = devices.alarm("falling")
        with devices.later(minutes=2):
            services.sweep()
            with devices.later(minutes=2):
                services.sweep()
        found.refresh_from_db()
        assert (found.level, found.escalate_at) == (1, None)
    decide(days=2, top=0)
    with devices.later(days=2):
        stays = devices.alarm("falling")
        with devices.later(minutes=30):
            services.sweep()
        stays.refresh_from_db()
        assert (stays.level, stays.escalate_at) == (0, None)


def test_silence_is_decided_by_the_district_and_a_device_may_have_its_own():
    decide("access", silent=60)
    plain, own = devices.device("access"), devices.device("access", silent_minutes=5)
    with devices.later(days=1):
        assert (queries.silent_minutes(plain), queries.silent_minutes(own)) == (60, 5)
        services.take_messages(actor=SYSTEM, messages=[devices.beat(plain), devices.beat(own)])
        with devices.later(minutes=30):
            services.sweep()
            assert list(Device.objects.filter(pulse__is_silent=True)) == [own]
        with devices.later(minutes=61):
            services.sweep()
            assert Device.objects.filter(pulse__is_silent=True).count() == 2


@pytest.mark.parametrize(
    ("kind", "days", "values", "code"),
    [
        ("drone", 1, {"sign": 5}, "unknown_kind"),
        ("falling", 0, {"sign": 5}, "too_soon"),
        ("falling", -9, {"sign": 5}, "too_soon"),
        ("falling", 1, {"sign": 0}, "limit"),
        ("falling", 1, {"sign": 10**9}, "limit"),
        ("falling", 1, {"call": 5}, "unknown_field"),
        ("falling", 1, {"remote": 1}, "unknown_field"),
        ("falling", 1, {"top": 4}, "limit"),
        ("offline", 1, {"silent": 30}, "unknown_field"),
    ],
)
def test_what_cannot_be_decided_is_refused_by_its_field(kind, days, values, code):
    with pytest.raises(Refusal) as refused:
        decide(kind, days, **values)
    assert refused.value.code == code
    assert AlarmRule.objects.count() == 0


def test_only_the_district_decides_and_only_for_itself():
    with pytest.raises(NoRight):
        decide(actor=make.officer(make.cell()), sign=8)
    with pytest.raises(Refusal) as small:
        decide(actor=make.actor("community", place=430204005001000), sign=8)
    assert small.value.status == 403
    with pytest.raises(Refusal):
        decide(actor=clerk(make.HETANG), sign=8)
    made = decide(sign=8)
    with scope.use(clerk(make.HETANG)), pytest.raises(NotHere):
        services.withdraw_alarm_rule(actor=clerk(make.HETANG), rule_id=made.pk)


def test_it_is_on_record_may_be_taken_back_before_its_day_and_never_after():
    made = decide(sign=8, arrive=20)
    assert made.values == {"sign": 8}  # 20 minutes are as shipped
    entry = AuditEntry.objects.filter(action="events.alarm_rule_set").latest("pk")
    assert entry.data["values"] == {"sign": 8}
    later = decide(days=3, sign=9)
    services.withdraw_alarm_rule(actor=clerk(), rule_id=later.pk)
    with devices.later(days=1), pytest.raises(Refusal) as stands:
        services.withdraw_alarm_rule(actor=clerk(), rule_id=made.pk)
    assert stands.value.code == "in_force"
    assert list(AlarmRule.objects.values_list("pk", flat=True)) == [made.pk]


def test_a_rule_of_two_days_holds_each_from_its_own():
    shipped = queries.alarm_kinds()
    first, second = clock.today(), clock.today() + timedelta(days=10)
    told = [rules.Decided(make.SHIFENG, "sos", on, {"sign": n}) for on, n in ((second, 7), (first, 3))]
    book = rules.Rulebook(shipped, told)
    signs = [book.kind("sos", make.SHIFENG + 5_001_001, first + timedelta(days=d)).sign for d in (-1, 0, 9, 10, 400)]
    assert signs == [shipped["sos"].sign, 3, 3, 7, 7]
    assert set(terms.LIMITS) <= set(rules.Kind.__dataclass_fields__)


def test_the_page_shows_what_holds_and_decides(sign_in):
    officer = sign_in(make.officer(make.cell())).get("/devices/rules").content.decode()
    assert "规则由区级岗位设定" in officer
    assert "设定本区规则" not in officer
    client = sign_in(clerk())
    form = client.get("/devices/rules?kind=sos").content.decode()
    assert "每位家属的联系时限" in form
    given = {
        "kind": "sos",
        "sign": 3,
        "arrive": 15,
        "finish": 60,
        "next": 2,
        "join": 2,
        "call": 5,
        "silent": 1560,
        "top": 3,
    }
    given |= {"from_on": (clock.today() + timedelta(days=1)).isoformat(), "note": "会议纪要第 3 号"}
    assert client.post("/devices/rules", given | {"sign": 0}).status_code == 422
    assert client.post("/devices/rules", given | {"top": "9"}).status_code == 422
    assert client.post("/devices/rules", given).status_code == 302
    assert AlarmRule.objects.get().values == {"sign": 3, "call": 5}
    again = client.post("/devices/rules", given)
    assert again.status_code in (409, 422)
    assert "已设过" in again.content.decode()
    page = client.get("/devices/rules").content.decode()
    assert "会议纪要第 3 号" in page
    assert client.post(f"/devices/rules/{AlarmRule.objects.get().pk}/withdraw").status_code == 302
    assert AlarmRule.objects.count() == 0
