"""Figures about people: as at the end of a period, within a place, each opening down to its rows."""

from datetime import date

import pytest

from tests import make
from wangge.kernel import metrics
from wangge.kernel.metrics import Period, Place
from wangge.registry import services
from wangge.registry.tests import make as reg

pytestmark = pytest.mark.usefixtures("district")
MARCH, HERE = Period.month(2026, 3), Place(make.JINGLONG, make.JINGLONG + 10**6 - 1)


def value(code, period=MARCH, place=HERE):
    found = metrics.value(make.SYSTEM, f"registry.{code}", period, place)
    counted = metrics.rows(make.SYSTEM, f"registry.{code}", period, place)
    assert code.endswith("rate") or found == len(list(counted))
    return found


def test_people_are_counted_by_what_holds_at_the_end_of_the_period():
    by = reg.officer()
    before = {c: value(c) for c in ("residents", "households", "migrant", "care", "care_dibao", "aged_80")}
    old = reg.person(by, id_number=reg.number(date(1940, 1, 26)), care=["dibao", "disabled"])
    guest, gone = reg.person(by), reg.person(by)
    services.begin_role(
        actor=by, person_id=guest.pk, kind="migrant", since=date(2026, 1, 1), details={}, source="x", partial=True
    )
    services.make_household(actor=by, place_code=by.lo, head_id=old.pk)
    services.depart(actor=by, person_id=gone.pk, on=date(2026, 3, 5))
    grown = {c: value(c) - n for c, n in before.items()}
    assert grown == {"residents": 2, "households": 1, "migrant": 1, "care": 1, "care_dibao": 1, "aged_80": 1}
    # Known before they were registered only by a role that is on record from an earlier day.
    assert value("residents", Period.month(2026, 2)) == 1
    assert value("residents", place=Place(make.JINGLONG + 10**6, make.JINGLONG + 2 * 10**6 - 1)) == 0
    assert value("verified_rate") == 100


def test_a_figure_counts_only_what_its_reader_sees():
    reg.person(reg.officer(0))
    from wangge.kernel import scope

    with scope.use(reg.officer(3)):
        assert metrics.value(reg.officer(3), "registry.residents", MARCH, HERE) == 0
