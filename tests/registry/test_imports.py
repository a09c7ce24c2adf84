"""Imports of people: any header, every fault named, sent twice, by two at once, half-way killed, taken back, never overwriting."""

import io
import json
from datetime import date, timedelta
from typing import Any

import pytest

from tests import make
from wangge.demo.residents import Numbers
from wangge.kernel import clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import Refusal
from wangge.kernel.tables import Column, read, write_xlsx
from wangge.registry import queries, services
from wangge.registry.models import (
    Care,
    Household,
    HouseholdMember,
    Hukou,
    ImportBatch,
    ImportChunk,
    ImportDifference,
    ImportPiece,
    Migrant,
    Person,
    PersonChange,
)
from wangge.registry.queries import sealing as opened
from wangge.registry.queries.imports import targets
from wangge.registry.rules import import_people, import_sheets, imports
from wangge.registry.services import sealing
from wangge.registry.services.imports import running

TITLES = ("姓名", "公民身份号码", "联系方式", "民族", "户籍地", "现住门详址", "服务处所", "网格编码")
AREA = make.SHIFENG


def number(n: int, sex: int = 1, year: int = 1980) -> str:
    """The n-th invented number of a fixed day."""
    made = Numbers()
    for _ in range(n):
        made.id_number(date(year, 5, 27), sex)
    return made.id_number(date(year, 5, 27), sex)


def person(n: int, **given: str) -> list[str]:
    row = {
        "姓名": "张三丰", "公民身份号码": number(n), "联系方式": f"1420000{n:04d}", "民族": "汉族", "户籍地": "430204",
        "现住门详址": f"响田路{n + 1}号", "服务处所": "演示机械厂", "网格编码": str(make.cell().code),
    } | given  # fmt: skip
    return list(row.values())


def sheet(rows: list[list[str]], titles: tuple[str, ...] = TITLES) -> bytes:
    return write_xlsx([Column(str(i), t) for i, t in enumerate(titles)], rows, "人员")


def load(rows: list[list[str]], actor: Actor = SYSTEM, **given: Any) -> ImportBatch:
    told: dict[str, Any] = {"kind": "people", "name": "人员.xlsx", "area": AREA, "source": "公安户籍"} | given
    return services.import_file(actor=actor, data=sheet(rows, told.pop("titles", TITLES)), **told)


def faults(batch: ImportBatch, written: bool = True) -> list[tuple[int, list[list[str]]]]:
    return [(row, found) for row, _, found in queries.refused_rows(SYSTEM, batch, written=written)]


def clerk(place: int = make.JINGLONG) -> Actor:
    return make.actor("street", place=place)


pytestmark = pytest.mark.django_db


# ---- what a file says -----------------------------------------------------------------------------------------------


def test_every_field_of_a_new_person_is_as_if_registered_by_hand(district):
    batch = load([person(0), person(1, 姓名="单雄信", 民族="回")])
    assert (batch.state, batch.counts) == ("done", {"added": 2})
    one = Person.objects.get(name="张三丰")
    assert opened.open_core(one) == {"id_number": number(0), "phone": "14200000000"}
    assert (one.sex, one.birth_on, one.ethnic, one.pinyin) == ("1", date(1980, 5, 27), "01", "zsf")
    assert (one.hukou_area, one.home_address, one.place_code) == ("430204", "响田路1号", make.cell().code)
    assert bytes(one.id_index or b"") == sealing.blind_document("111", number(0))
    assert bytes(one.phone_index or b"") == sealing.blind_phone("14200000000")
    assert (one.source, one.verified_on, one.step) == ("公安户籍", clock.today(), 1)
    assert Person.objects.get(name="单雄信").pinyin == "sxx"
    assert not ImportPiece.objects.filter(batch=batch).exists()


def test_every_fault_names_row_field_and_what_to_do_and_the_error_file_can_be_sent_again(district):
    wrong_check = number(3)[:17] + ("0" if number(3)[17] != "0" else "1")
    batch = load(
        [
            person(0),
            person(1, 公民身份号码=wrong_check),
            person(2, 姓名="张3", 民族="火星族", 网格编码="999"),
            person(4, 联系方式="12"),
            person(0, 姓名="李四"),
            person(0),
        ]
    )
    assert batch.counts == {"added": 1, "refused": 4, "repeated": 1}
    found = dict(faults(batch))
    assert found[3] == [["公民身份号码", "校验码不符，号码中有一位或几位录错。请对照证件逐位核对。"]]
    assert [title for title, _ in found[4]] == ["姓名", "民族", "网格编码"]
    assert "不是本次导入范围内的网格或社区" in found[4][2][1]
    assert found[5][0][0] == "联系方式"
    assert found[6] == [["公民身份号码", "与第 2 行的证件号码相同，内容不同。请核对后只保留一行。"]]
    mended = queries.error_file(SYSTEM, batch)
    told = read(mended, "x.xlsx", [Column("reason", "未通过原因"), Column("id", "公民身份号码")])
    assert len(told.rows) == 4, told.errors
    assert "原第 3 行" in told.rows[0][1]["reason"]
    assert "公民身份号码：校验码不符" in told.rows[0][1]["reason"]
    again = services.import_file(
        actor=SYSTEM, kind="people", data=mended, name="错误.xlsx", area=AREA, source="公安户籍", dry_run=True
    )
    # The column of reasons is not taken for data, and the namesake of row 2 is now compared with the record.
    assert again.foreseen == {"refused": 3, "differing": 1, "differences": 1}


def test_numbers_that_a_sheet_kept_as_doubles_are_refused_even_when_the_check_digit_fits(district):
    bad = [f"{int(float(number(n, 2)[:17] + '0')) // 64 * 64}" for n in range(25)]
    import polars as pl

    frame = pl.DataFrame({"_row": list(range(2, 27)), "name": ["张三"] * 25, "id_number": bad})
    judged = import_people.judge(frame, clock.today(), {}, 430204001001001)
    assert judged.frame.height == 0
    assert all("末几位会丢失" in judged.faults[at][0][1] or "日期" in judged.faults[at][0][1] for at in range(25))


@pytest.mark.parametrize(
    "title", ["身份证号", "身份证号码", "证件号码", "居民身份证号", "公民身份号码*", "公民身份 号码（必填）"]
)
def test_headers_are_known_by_many_names(title):
    assert imports.guess(["姓名", title], imports.PEOPLE) == {0: "name", 1: "id_number"}


def test_a_header_that_says_nothing_is_read_by_its_values_and_an_address_is_not_a_code():
    rows = [["张三", number(n), "14200000001", "湖南省株洲市石峰区井龙街道响田路1号2栋"] for n in range(4)]
    titles = ["名字", "号", "备用", "户籍地"]
    assert imports.guess(titles, imports.PEOPLE, rows) == {0: "name", 1: "id_number", 2: "phone", 3: "hukou_address"}


def test_csv_of_an_office_program_is_read_with_its_title_lines():
    text = "石峰区人员信息表\n\n姓名 ,身份证号,备注\n张三," + number(0) + ",\n\n李四," + number(1) + ",x,多\n"
    found = import_sheets.read(text.encode("gb18030"), "a.csv", imports.PEOPLE)
    assert (found.header_row, found.titles[:2], found.frame["_row"].to_list()) == (3, ["姓名", "身份证号"], [4, 6])


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "table_empty"), (b"PK\x03\x04junk", "table_damaged"), (b"\0\1\2", "table_kind"), (b"a,b\n", "table_empty")],
)
def test_what_is_no_table_is_refused_with_a_sentence(data, code):
    with pytest.raises(Refusal) as refused:
        import_sheets.read(data, "x", imports.PEOPLE)
    assert refused.value.code == code


def test_many_are_judged_as_one_is(district):
    """The rules over columns and the rule of a form say the same of every single document."""
    import polars as pl

    from wangge.registry.rules.identity import check_document

    numbers = [number(0), number(1, 2).lower(), "11010519491231002X", "110105194912310021", "430204800528901", "43020419800227900", "430204188001010014", "430204209901010010"]  # fmt: skip
    frame = pl.DataFrame({"_row": range(8), "name": ["张三"] * 8, "id_number": numbers})
    judged = import_people.judge(frame, clock.today(), {}, 430204001001001)
    sound = {row["at"]: row for row in judged.frame.to_dicts()}
    for at, text in enumerate(numbers):
        one = check_document("111", text, clock.today())
        assert bool(one.error) == (at not in sound), text
        if not one.error:
            assert (sound[at]["id_number"], sound[at]["birth_on"], sound[at]["sex"]) == (
                one.number,
                one.birth_on,
                one.sex,
            )


def test_other_documents_are_never_forced_to_eighteen_digits(district):
    titles = ("姓名", "证件类型", "证件号码", "网格编码")
    rows = [
        ["WANG LEI", "普通护照", "E12345678", str(make.cell().code)],
        ["陈台生", "511", "0123456789", str(make.cell().code)],
    ]
    batch = load(rows, titles=titles)
    assert batch.counts == {"added": 2}
    assert bytes(Person.objects.get(name="WANG LEI").id_index or b"") == sealing.blind_document("414", "E12345678")


# ---- mapping --------------------------------------------------------------------------------------------------------


def test_a_corrected_mapping_is_remembered_for_the_sender_and_the_header_in_any_order(district):
    titles = ("甲", "乙", "网格编码", "备注")
    rows = [["张三丰", number(0), str(make.cell().code), "x"]]
    first = services.open_import(
        actor=SYSTEM, kind="people", data=sheet(rows, titles), name="a.xlsx", area=AREA, source="派出所"
    )
    assert first.mapping == {"2": "place_code"}
    with pytest.raises(Refusal) as lacking:
        services.order_import(actor=SYSTEM, batch_id=first.pk, dry_run=True)
    assert "姓名" in lacking.value.sentence
    services.map_import_columns(
        actor=SYSTEM, batch_id=first.pk, mapping={0: "name", 1: "id_number", 2: "place_code", 3: ""}
    )
    swapped = [[number(1), "李四", "y", str(make.cell().code)]]
    second = services.open_import(
        actor=SYSTEM,
        kind="people",
        data=sheet(swapped, ("乙", "甲", "备注", "网格编码")),
        name="b.xlsx",
        area=AREA,
        source="派出所",
    )
    assert second.mapping == {"0": "id_number", "1": "name", "3": "place_code"}
    with pytest.raises(Refusal) as twice:
        services.map_import_columns(actor=SYSTEM, batch_id=second.pk, mapping={0: "name", 1: "name"})
    assert twice.value.field == "column_0"


# ---- nothing is overwritten -----------------------------------------------------------------------------------------


def test_known_people_are_confirmed_filled_and_compared_never_overwritten(district):
    load([person(0), person(1, 服务处所=""), person(2)])
    before = {p.pk: p for p in Person.objects.all()}
    batch = load(
        [person(0), person(1, 服务处所="演示医院"), person(2, 姓名="张三疯", 联系方式="14299999999")], source="卫健"
    )
    assert batch.counts == {"same": 1, "filled": 1, "differing": 1, "differences": 2}
    same, filled, differing = Person.objects.order_by("pk")
    assert same.proof["phone"][0] == "卫健"
    assert same.step == 1
    assert (filled.employer, filled.step) == ("演示医院", 2)
    change = PersonChange.objects.get(person=filled)
    assert (change.field, change.before, change.after, change.source) == ("employer", "", "演示医院", "卫健")
    assert (differing.name, opened.open_core(differing)["phone"]) == ("张三丰", "14200000002")
    assert before[differing.pk].step == differing.step
    notes = {
        d.field: (d.given, queries.import_given(d), queries.import_held(d)) for d in ImportDifference.objects.all()
    }
    assert notes["name"] == ("张三疯", "张三疯", "张三丰")
    assert notes["phone"] == ("", "14299999999", "14200000002")  # kept sealed


def test_a_decision_takes_keeps_or_keeps_both_and_is_not_asked_again(district):
    load([person(n) for n in range(3)])
    changed = [person(n, 姓名="王五", 联系方式=f"1429999{n:04d}") for n in range(3)]
    batch = load(changed, source="卫健")
    by = {(d.person_id, d.field): d for d in ImportDifference.objects.select_related("person")}
    first, second, third = Person.objects.order_by("pk")
    with pytest.raises(Refusal) as reasonless:
        services.decide_import_difference(actor=SYSTEM, difference_id=by[first.pk, "name"].pk, decision="keep")
    assert reasonless.value.field == "reason"
    services.decide_import_difference(
        actor=SYSTEM, difference_id=by[first.pk, "name"].pk, decision="keep", reason="证件为准"
    )
    services.decide_import_difference(actor=SYSTEM, difference_id=by[second.pk, "name"].pk, decision="take")
    services.decide_import_difference(
        actor=SYSTEM, difference_id=by[third.pk, "name"].pk, decision="both", reason="曾用"
    )
    done = services.decide_import_differences(
        actor=SYSTEM, batch_id=batch.pk, field="phone", decision="take", reason="电话以来文为准"
    )
    assert (done.done, done.refused) == (3, [])
    first, second, third = Person.objects.order_by("pk")
    assert [p.name for p in (first, second, third)] == ["张三丰", "王五", "张三丰"]
    assert third.former_name == "王五"
    assert opened.open_core(second)["phone"] == "14299990001"
    assert bytes(second.phone_index or b"") == sealing.blind_phone("14299990001")
    assert set(ImportDifference.objects.values_list("reason", flat=True)) == {"证件为准", "", "曾用", "电话以来文为准"}
    with pytest.raises(Refusal) as again:
        services.decide_import_difference(actor=SYSTEM, difference_id=by[first.pk, "name"].pk, decision="take")
    assert again.value.code == "decided"
    later = load([*changed, person(9)], source="卫健")
    assert later.counts == {"added": 1, "same": 3}


def test_who_is_registered_elsewhere_is_counted_and_not_told_about(district):
    load([person(0, 网格编码=str(make.cell(make.HETANG).code), 户籍地="430202")], area=make.HETANG)
    batch = load([person(0), person(1)], actor=clerk(), area=make.JINGLONG)
    assert batch.counts == {"added": 1, "outside": 1, "refused": 1}
    (row,) = faults(batch)
    assert "管辖范围以外" in row[1][0][1]
    text = json.dumps(faults(batch), ensure_ascii=False)
    assert "荷塘" not in text
    assert str(make.HETANG)[:6] not in text


def test_nobody_imports_beyond_their_reach_or_without_the_right(district):
    with pytest.raises(Refusal) as wide:
        load([person(0)], actor=clerk(), area=AREA)
    assert wide.value.status == 403
    with pytest.raises(Refusal) as unasked:
        load([person(0)], actor=make.officer(make.cell()), area=make.cell().code)
    assert unasked.value.code == "no_right"
    other = make.cell(430204001000000)
    batch = load([person(0, 网格编码=str(other.code))], actor=clerk(), area=make.JINGLONG)
    assert batch.counts == {"refused": 1}
    with scope.use(clerk(430204001000000)):
        assert not queries.import_batches(clerk(430204001000000)).exists()
        with pytest.raises(Refusal):
            queries.import_batch(clerk(430204001000000), batch.pk)


def test_the_same_file_is_recognised_and_a_rehearsal_writes_nothing(district):
    rows = [person(0), person(1)]
    rehearsed = load(rows, dry_run=True)
    assert (rehearsed.state, rehearsed.foreseen, Person.objects.count()) == ("checked", {"added": 2}, 0)
    done = load(rows)
    assert done.pk == rehearsed.pk
    again = load(rows)
    assert (again.pk, again.state, Person.objects.count()) == (done.pk, "done", 2)
    assert ImportChunk.objects.filter(batch=done, written=False).count() == 0


# ---- beside people --------------------------------------------------------------------------------------------------


def rows_of_a_family() -> list[dict[str, Any]]:
    cell = make.cell().code
    shared = {"place_code": cell, "household": "302040001", "role": "hukou", "role_details": {"is_at_hukou": "一致"}}
    return [
        {"name": "张三丰", "id_number": number(0), "relation": "02", "care": ["elderly_alone"], **shared},
        {"name": "李四", "id_number": number(0, 2), "relation": "配偶", "care": [], **shared},
        {"name": "王五", "id_number": number(1), "relation": "", "household": "", "role": "migrant", "place_code": cell,
         "role_details": {"inflow_reason": "务工"}, "care": []},
    ]  # fmt: skip


def test_rows_of_a_program_bring_households_roles_and_care(district):
    batch = services.import_rows(actor=SYSTEM, kind="people", rows=rows_of_a_family(), source="演示", area=AREA)
    assert batch.counts == {"added": 3, "households": 1, "members": 2, "roles": 3, "cares": 1}, faults(batch)
    home = Household.objects.get()
    assert home.head is not None
    assert home.head.name == "张三丰"
    assert sorted(HouseholdMember.objects.values_list("relation", flat=True)) == ["02", "10"]
    assert Hukou.objects.count() == 2
    assert Migrant.objects.get().details == {"inflow_reason": "01"}
    assert Care.objects.get().kind == "elderly_alone"
    again = services.import_rows(actor=SYSTEM, kind="people", rows=rows_of_a_family(), source="演示", area=AREA)
    assert again.pk == batch.pk
    other = services.import_rows(
        actor=SYSTEM,
        kind="people",
        rows=rows_of_a_family(),
        source="演示",
        area=AREA,
        as_of=clock.today() - timedelta(days=1),
    )
    assert other.pk == batch.pk  # the same rows are the same import
    assert (Household.objects.count(), HouseholdMember.objects.count(), Hukou.objects.count()) == (1, 2, 2)


def test_a_sheet_of_households(district):
    titles = ("户号", "与户主关系", "姓名", "身份证号", "网格编码")
    cell = str(make.cell().code)
    rows = [
        ["30204", "户主", "张三", number(0), cell],
        ["30204", "长子", "李四", number(1), cell],
        ["", "", "王五", number(2), cell],
    ]
    batch = load(rows, titles=titles, kind="households")
    assert batch.counts["households"] == 1
    assert batch.counts["members"] == 2
    with pytest.raises(Refusal) as lacking:
        load([["张三", number(5)]], titles=("姓名", "身份证号"), kind="households")
    assert "户号" in lacking.value.sentence


def test_the_fields_of_a_role_come_from_a_sheet_too(district):
    titles = ("姓名", "身份证号", "网格编码", "流入原因", "登记日期")
    assert "role.inflow_reason" in {t.key for t in targets("people", "migrant")}
    rows = [
        ["张三", number(0), str(make.cell().code), "务工", "2026-03-01"],
        ["李四", number(1), str(make.cell().code), "旅游团", ""],
    ]
    batch = load(rows, titles=titles, role="migrant")
    assert batch.counts == {"added": 1, "roles": 1, "refused": 1}
    assert Migrant.objects.get().details == {"inflow_reason": "01", "registered_on": "2026-03-01"}
    assert faults(batch)[0][1][0][0] == "流入原因"


# ---- taken back -----------------------------------------------------------------------------------------------------


def test_an_import_is_taken_back_but_for_what_was_touched_since(district):
    load([person(0, 服务处所="")])
    batch = load([person(0, 服务处所="演示医院"), person(1), person(2), person(3)], source="卫健")
    known, first, second, _ = Person.objects.order_by("pk")
    assert known.employer == "演示医院"
    services.update(actor=SYSTEM, person_id=first.pk, changes={"employer": "演示中学"}, seen_step=1, source="走访")
    services.begin_care(actor=SYSTEM, person_id=second.pk, kind="disabled", since=clock.today(), source="走访")
    done = services.undo_import(actor=SYSTEM, batch_id=batch.pk)
    assert (done.removed, done.restored, done.kept) == (1, 2, 2)
    assert list(Person.objects.order_by("pk").values_list("pk", flat=True)) == [known.pk, first.pk, second.pk]
    known.refresh_from_db()
    assert known.employer == ""
    assert "卫健" not in json.dumps(known.proof, ensure_ascii=False)
    # A second undo is refused, and the same file may be imported anew.
    with pytest.raises(Refusal):
        services.undo_import(actor=SYSTEM, batch_id=batch.pk)
    assert load([person(0, 服务处所="演示医院"), person(1), person(2), person(3)], source="卫健").counts["added"] == 1


def test_households_and_roles_go_with_the_people_who_brought_them(district):
    batch = services.import_rows(actor=SYSTEM, kind="people", rows=rows_of_a_family(), source="演示", area=AREA)
    assert services.undo_import(actor=SYSTEM, batch_id=batch.pk).removed == 3
    for model in (Person, Household, HouseholdMember, Hukou, Migrant, Care):
        assert not model.objects.exists(), model


def test_after_thirty_days_an_import_stands(district):
    batch = load([person(0)])
    with clock.frozen(clock.now() + timedelta(days=31)), pytest.raises(Refusal) as late:
        services.undo_import(actor=SYSTEM, batch_id=batch.pk)
    assert late.value.code == "undo_too_late"
    with clock.frozen(clock.now() + timedelta(days=31)):
        load([person(0, 姓名="张3")], name="b.xlsx")
        assert services.forget_old_imports(actor=SYSTEM) == 0


# ---- half-way, twice, two at once -----------------------------------------------------------------------------------


def test_a_run_that_stopped_goes_on_behind_the_last_part(district, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 2)
    rows = [person(n) for n in range(7)]
    parts = 0

    def stop(done: int, total: int) -> None:
        nonlocal parts
        parts += 1
        if parts == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(rows, tell=stop)
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.cursor, Person.objects.count()) == ("running", 4, 4)
    done = load(rows)
    assert (done.pk, done.state, done.counts, Person.objects.count()) == (batch.pk, "done", {"added": 7}, 7)
    assert [(c.first, c.last) for c in ImportChunk.objects.order_by("first")] == [(0, 2), (2, 4), (4, 6), (6, 7)]


def test_sealed_values_open_under_every_key_of_the_ring(district):
    load([person(0)])
    from wangge.kernel import sealed

    try:
        sealed.add_key("people-index")
        assert load([person(0, 姓名="王五")], source="卫健").counts == {"differing": 1, "differences": 1}
    finally:
        from django.conf import settings

        (settings.DATA / "people-index.2.key").unlink()


def test_the_error_file_of_a_sheet_with_formulas_cannot_act(district):
    batch = load([person(0, 姓名="=HYPERLINK(1)")])
    assert batch.counts == {"refused": 1}
    from python_calamine import CalamineWorkbook

    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(queries.error_file(SYSTEM, batch))).get_sheet_by_index(0).to_python()
    )
    assert rows[1][0] == "=HYPERLINK(1)"  # as text: the writer never makes formulas
