"""The standard's tables as data: complete, consistent, and what a value must be to stand in a field."""

from datetime import date

import pytest

from wangge.registry.rules import organisations, tables
from wangge.registry.terms import CARE, CORE, DOCUMENTS, ROLES, SEALED_CORE, SPECIAL

TODAY = date(2026, 3, 10)


def test_all_tables_and_all_code_tables_of_the_standard_are_there():
    codes = [t.code for t in tables.tables()]
    assert codes[:35] == [f"T{n}" for n in range(1, 36)]
    names = {t.name for t in tables.code_tables()}
    assert {f"5.{n}" for n in range(1, 64)} <= names
    assert {"2261.1", "2261.2", "3304", "4658", "4761", "4762", "6565", "2659", "2260", "214.12", "517"} <= names


@pytest.mark.parametrize("table", tables.tables(), ids=lambda t: t.code)
def test_every_field_has_a_title_of_its_own_and_a_code_table_that_exists(table):
    titles = [f.title for f in table.fields]
    assert len(set(titles)) == len(titles)
    assert len({f.key for f in table.fields}) == len(titles)
    for f in table.fields:
        if f.codes:
            known = tables.code_table(f.codes)
            widths = {len(c) for c in known.codes}
            assert f.kind in ("N", "multi") or not widths or max(widths) <= f.length, f.key
            assert known.codes or known.pattern


def test_the_core_fields_are_the_nineteen_of_the_standard_in_its_order():
    assert tuple(f.key for f in tables.core()) == CORE
    assert {f.key for f in tables.core() if f.sealed} == SEALED_CORE
    types = " ".join(f.type for f in tables.core())
    assert types == "C18 C50 C50 C1 D C2 C6 C2 C2 C2 C2 C5 C30 C100 C50 C6 C80 C6 C80"
    loose = {f.key for f in tables.table("T17").fields[:19] if not f.required}
    assert loose == {"former_name", "religion", "employer", "politics", "occupation_class", "occupation"}


@pytest.mark.parametrize("kind", [*ROLES, *SPECIAL])
def test_every_role_has_its_table(kind):
    label, code = {**ROLES, **SPECIAL}[kind]
    assert tables.table(code).title.removesuffix("人员") in label or label in tables.table(code).title
    assert tables.table(code).extra


def test_the_documents_that_a_person_may_have_are_codes_of_the_standard():
    listed = tables.codes("517")
    assert {code: listed.get(code) for code in DOCUMENTS} == DOCUMENTS
    assert all(tables.outward("517", code) in listed for code in DOCUMENTS)
    assert len(CARE) > 5


@pytest.mark.parametrize(
    ("table", "text", "code"),
    [
        ("5.11", "务工", "01"), ("5.11", "1", "01"), ("5.11", "01", "01"), ("5.11", "打工", None), ("3304", "汉", "01"),
        ("3304", "土家族", "15"), ("4762", "中共党员", "01"), ("4762", "群众", "13"), ("4658", "本科", "20"), ("4761", "长子", "22"),
        ("4761", "儿子", "20"), ("517", "身份证", "111"), ("517", "台胞证", "511"), ("2659", "美国", "USA"), ("2260", "石峰区", "430204"),
        ("2260", "鼓楼区", None), ("2260", "430211", "430211"), ("6565", "40112", "40112"), ("5.56", "其他", None),
        ("5.56", "恋爱及婚姻", "0101"), ("5.41", "有（严重）不良行为", "02"), ("yesno", "是", "1"), ("332.2", "07", "07"), ("332.2", "好奇", None),
    ],
)  # fmt: skip
def test_a_code_is_found_by_code_label_or_alias_and_never_guessed(table, text, code):
    assert tables.find_code(table, text) == code


@pytest.mark.parametrize(
    ("table", "key", "given", "clean"),
    [
        ("T13", "registered_on", "20260301", "2026-03-01"), ("T13", "registered_on", "2026年3月1日", "2026-03-01"),
        ("T13", "registered_on", date(2026, 3, 1), "2026-03-01"), ("T13", "is_watched", True, "1"), ("T13", "permit_kind", " 居住证 ", "01"),
        ("T18", "four_histories", "自杀史、吸毒史", ["01", "03"]), ("T18", "group_members", ["03", "司法所工作人员"], ["01", "03"]),
        ("T18", "group_members", "0103", ["01", "03"]), ("T23", "employees", "1,200", 1200), ("T23", "employees", 12.0, 12),
        ("T16", "area_m2", "88.567", 88.57), ("T19", "diagnosis", "精神分裂症", "01"), ("T19", "hospital", "  市三医院 ", "市三医院"),
    ],
)  # fmt: skip
def test_what_people_write_becomes_what_is_kept(table, key, given, clean):
    found, faults = tables.validate(table, {key: given}, TODAY, partial=True)
    assert (found, faults) == ({key: clean}, [])


@pytest.mark.parametrize(
    ("table", "key", "given", "part"),
    [
        ("T13", "registered_on", "2026-02-30", "不是日期"), ("T13", "registered_on", "2026-03-11", "晚于今天"), ("T13", "inflow_reason", "出差", "只能填：务工、务农"),
        ("T13", "permit_number", "1" * 23, "最多 22 个字"), ("T23", "employees", "12.5", "整数"), ("T23", "employees", "-1", "负数"),
        ("T23", "employees", "1234567", "最多 6 位"), ("T23", "employees", "很多", "数字"), ("T18", "four_histories", "酗酒史", "只能填"),
        ("T18", "case_kind", "盗窃", "6 位代码"), ("T13", "colour", "红", "没有这个项目"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_to_write(table, key, given, part):
    found, faults = tables.validate(table, {key: given}, TODAY, partial=True)
    assert not found
    assert [f[0] for f in faults] == [key]
    assert part in faults[0][2]


def test_the_value_of_a_sealed_field_is_never_repeated_in_a_fault():
    _, faults = tables.validate("T13", {"permit_number": "P" * 23}, TODAY, partial=True)
    assert faults[0][1] == ""
    assert "PPP" not in faults[0][2]


def test_what_the_standard_demands_is_demanded_and_days_stand_in_order():
    _, faults = tables.validate("T13", {}, TODAY)
    assert [f[0] for f in faults] == ["inflow_reason", "dwelling_kind", "is_watched"]
    days = {"registered_on": "2026-03-01", "permit_until": "2026-02-01"}
    assert [f[0] for f in tables.validate("T13", days, TODAY, partial=True)[1]] == ["permit_until"]
    until = {"arrived_on": "2026-03-01", "leaves_on": "2026-09-01", "document_until": "2030-01-01"}
    assert tables.validate("T15", until, TODAY, partial=True)[1] == []


def test_a_districts_own_names_are_read_and_shown_and_exported_as_the_standards_codes():
    own = {"5.19": {"01": "消防隐患", "06": "电动车入户"}}
    hazard = tables.table("T16").field("hazard")
    assert tables.check(hazard, "电动车入户", TODAY, own) == ("06", "")
    assert tables.check(hazard, "消防隐患", TODAY, own) == ("01", "")
    assert tables.check(hazard, "电动车入户", TODAY)[0] is None
    assert tables.written(hazard, "06", own) == "电动车入户"
    assert tables.exported(hazard, "06", {("5.19", "06"): "01"}) == "01"


@pytest.mark.parametrize(
    ("table", "key", "value", "printed"),
    [
        ("T13", "registered_on", "2026-03-01", "20260301"), ("T12", "birth_on", date(1986, 5, 28), "19860528"),
        ("T18", "group_members", ["01", "03"], "01,03"), ("T16", "area_m2", 88.5, "88.5"), ("T16", "lng", 113.1, "113.1"),
        ("T16", "area_m2", 100.0, "100"), ("T23", "employees", 0, "0"), ("T15", "id_type", "999", "990"), ("T13", "permit_kind", None, ""),
    ],
)  # fmt: skip
def test_values_are_printed_as_the_standard_writes_them(table, key, value, printed):
    assert tables.exported(tables.table(table).field(key), value) == printed


def test_every_kind_of_organisation_has_its_table_and_lacks_what_is_not_given():
    for kind in organisations.TABLES:
        assert organisations.table_of(kind).fields
        checked = organisations.clean(kind, {"name": "演示单位"}, TODAY)
        assert checked.faults == []
        assert checked.row == {"name": "演示单位"}
        lacking = organisations.missing(kind, checked.row, checked.plain, checked.sealed)
        assert "name" not in {f.key for f in lacking}
        assert lacking
    assert (
        organisations.clean("enterprise", {"has_party": "否", "party_members": 3}, TODAY).faults[0][0]
        == "party_members"
    )
    assert organisations.clean("enterprise", {"uscc": "91430204MA4L0000XX"}, TODAY).faults[0][0] == "uscc"
    assert organisations.clean("school", {"name": ""}, TODAY).faults == [("name", "", "“名称”必填。")]
