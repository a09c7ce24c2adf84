"""What a sheet says of a household, a relation or a role otherwise than the record: named row by row, and somebody decides."""

from typing import Any

import pytest

from tests import make
from tests.registry.test_imports import AREA, faults, load, number
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import Refusal
from wangge.registry import queries, services
from wangge.registry.models import Household, HouseholdMember, ImportDifference, Migrant, Person
from wangge.registry.queries import import_pages

pytestmark = pytest.mark.django_db
NAMES = ("张甲", "张乙", "张丙", "张丁")
TITLES = ("户号", "与户主关系", "姓名", "身份证号", "网格编码")
ROLE = ("姓名", "身份证号", "网格编码", "流入原因", "登记日期")


def family(*rows: tuple[str, str, int], cell: str = "") -> list[list[str]]:
    return [[house, relation, NAMES[n], number(n), cell or str(make.cell().code)] for house, relation, n in rows]


def households(rows: list[list[str]], **given: Any) -> Any:
    return load(rows, titles=TITLES, kind="households", **given)


def decide(one: ImportDifference, decision: str, reason: str = "户口簿为准") -> ImportDifference:
    return services.decide_import_difference(actor=SYSTEM, difference_id=one.pk, decision=decision, reason=reason)


def home(n: int) -> tuple[str, str]:
    row = HouseholdMember.objects.get(person__name=NAMES[n], until=None)
    return row.household.number, row.relation


def test_who_belongs_to_another_household_is_named_and_decided(district):
    households(family(("1001", "户主", 0), ("1001", "长子", 1), ("1001", "女儿", 2)))
    before = home(1), home(2)
    batch = households(family(("1002", "户主", 3), ("1002", "配偶", 1), ("1001", "儿媳", 2), ("1001", "户主", 0)))
    assert batch.counts == {
        "added": 1,
        "same": 3,
        "households": 1,
        "members": 1,
        "differences": 2,
        "households_differ": 2,
    }
    moved, related = ImportDifference.objects.order_by("row")
    assert [(d.row, d.person.name, d.field, d.given) for d in (moved, related)] == [
        (3, "张乙", "household", "1002 10"), (4, "张丙", "relation", "38"),
    ]  # fmt: skip
    told = [words for _, words in import_pages.compared([moved, related])]
    assert [(t["title"], t["held"], t["given"]) for t in told] == [
        ("户号", "1001（长子）", "1002（配偶）"), ("与户主关系", "女", "儿媳"),
    ]  # fmt: skip
    assert (home(1), home(2)) == before  # nothing is overwritten before somebody decides
    decide(moved, "take", "")
    decide(related, "keep")
    assert (home(1), home(2)) == (("1002", "10"), before[1])
    # The same again in another file: what was kept is not asked twice, what was taken agrees.
    again = households(family(("1002", "配偶", 1), ("1001", "儿媳", 2)), name="b.xlsx")
    assert again.counts == {"same": 2}


def test_a_rehearsal_foresees_the_same_differences(district):
    households(family(("1001", "户主", 0), ("1001", "长子", 1)))
    rows = family(("1002", "户主", 3), ("1001", "女儿", 1))
    checked = households(rows, dry_run=True)
    assert checked.foreseen == {"added": 1, "same": 1, "differences": 1, "households_differ": 1}
    assert (Household.objects.count(), ImportDifference.objects.count()) == (1, 0)


def test_a_number_that_stands_out_of_reach_is_noted_with_the_row_and_refused_when_taken(district):
    street = make.actor("street", place=make.JINGLONG)
    elsewhere = make.cell(430204001000000)
    households(family(("1001", "户主", 0), cell=str(elsewhere.code)))
    with scope.use(street):
        batch = households(family(("1001", "户主", 1)), actor=street, area=make.JINGLONG)
    assert batch.counts == {"added": 1, "differences": 1, "households_differ": 1}
    one = ImportDifference.objects.get()
    with scope.use(street), pytest.raises(Refusal) as refused:
        services.decide_import_difference(actor=street, difference_id=one.pk, decision="take")
    assert refused.value.code == "household_elsewhere"
    with scope.use(street):
        assert services.undo_import(actor=street, batch_id=batch.pk).removed == 1
    assert not Person.objects.filter(name="张乙").exists()


def test_the_head_is_changed_where_heads_are_changed(district):
    households(family(("1001", "户主", 0), ("1001", "长子", 1)))
    households(family(("1001", "父亲", 0)), name="b.xlsx")
    with pytest.raises(Refusal) as refused:
        decide(ImportDifference.objects.get(), "take")
    assert refused.value.code == "is_head"


def test_what_a_role_says_otherwise_is_compared_item_by_item(district):
    cell = str(make.cell().code)
    load([["张甲", number(0), cell, "务工", "2026-03-01"]], titles=ROLE, role="migrant")
    batch = load([["张甲", number(0), cell, "务工", "2026-03-05"]], titles=ROLE, role="migrant", source="派出所")
    assert batch.counts == {"same": 1, "differences": 1, "roles_differ": 1}, faults(batch)
    one = ImportDifference.objects.get()
    assert (one.row, one.field, one.given) == (2, "migrant.registered_on", "2026-03-05")
    ((_, told),) = import_pages.compared([one])
    assert (told["title"], told["held"], told["given"]) == ("流动人口：登记日期", "2026-03-01", "2026-03-05")
    assert Migrant.objects.get().details["registered_on"] == "2026-03-01"
    done = services.decide_import_differences(
        actor=SYSTEM, batch_id=batch.pk, field=one.field, decision="take", reason="登记以派出所为准"
    )
    assert (done.done, done.refused) == (1, [])
    details = Migrant.objects.get().details
    assert (details["inflow_reason"], details["registered_on"]) == ("01", "2026-03-05")


def test_a_sealed_item_of_a_role_stays_sealed_on_its_way(district):
    by = make.actor("registry_clerk", place=make.SHIFENG)
    row = {"name": "张甲", "id_number": number(0), "place_code": make.cell().code, "role": "left_behind"}
    details = {"left_kind": "01", "family_name": "张一", "family_phone": "14200000778"}
    services.import_rows(actor=SYSTEM, kind="people", rows=[{**row, "role_details": details}], source="演示", area=AREA)
    other = details | {"family_phone": "14200000779"}
    services.import_rows(actor=SYSTEM, kind="people", rows=[{**row, "role_details": other}], source="民政", area=AREA)
    one = ImportDifference.objects.get()
    assert (one.field, one.given, one.sealed is not None) == ("left_behind.family_phone", "", True)
    with scope.use(by):
        ((_, told),) = import_pages.compared([queries.import_difference(by, one.pk)])
        assert "14200000779" not in str(told)
        services.decide_import_difference(actor=by, difference_id=one.pk, decision="take")
