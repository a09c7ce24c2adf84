"""Numbers of documents, names, ages: pure rules."""

from datetime import date

import pytest

from wangge.registry.rules import identity, people
from wangge.registry.rules.names import initials

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("11010519491231002X", "11010519491231002X"),
        ("11010519491231002x", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２ｘ", "11010519491231002X"),
        ("110105 19491231 002X", "11010519491231002X"),
        ("110105491231002", "11010519491231002X"),
    ],
)
def test_one_number_in_all_its_spellings(typed, kept):
    found = identity.check_document("111", typed, TODAY)
    assert (found.number, found.error, found.birth_on, found.sex) == (kept, "", date(1949, 12, 31), "2")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("110105194912310021", "校验码不符"),
        ("1101051949123100", "应为 18 位"),
        ("11010519491331002X", "校验码不符"),
        ("", "应为 18 位"),
        ("11010519491231002Y", "应为 18 位"),
    ],
)
def test_what_is_wrong_with_a_number_is_said(typed, said):
    assert said in identity.check_document("111", typed, TODAY).error


def test_a_date_that_never_was_is_refused_even_with_a_right_check_digit():
    body = "43020419860230900"
    found = identity.check_document("111", body + identity.check_digit(body), TODAY)
    assert "不是日期" in found.error


def test_nobody_is_born_tomorrow_or_in_the_time_of_the_emperors():
    for born in ("20991231", "18800101"):
        body = f"440524{born}001"
        assert "不合理" in identity.check_document("111", body + identity.check_digit(body), TODAY).error


def test_an_abolished_county_is_a_warning_and_no_refusal():
    body = "43021919500101900"
    found = identity.check_document("111", body + identity.check_digit(body), TODAY, {"430204"})
    assert found.error == ""
    assert "可能是已撤销的区划" in found.warning


@pytest.mark.parametrize(
    ("id_type", "typed"), [("414", "E12345678"), ("511", "01234567"), ("516", "H1234567800"), ("999", "士字第0001")]
)
def test_other_documents_are_never_forced_to_eighteen_places(id_type, typed):
    found = identity.check_document(id_type, typed, TODAY)
    assert (found.error == "") is typed.isascii()
    assert found.birth_on is None


def test_a_residence_card_of_hong_kong_has_the_check_digit_too():
    body = "81000019901226900"
    right = identity.check_document("818", body + identity.check_digit(body), TODAY, {"430204"})
    assert (right.error, right.warning) == ("", "")
    wrong = "1" if identity.check_digit(body) != "1" else "2"
    assert "校验码不符" in identity.check_document("818", body + wrong, TODAY).error


def test_the_same_letters_of_another_kind_of_document_are_another_document():
    assert identity.document_key("414", "E1234567") != identity.document_key("516", "E1234567")
    assert identity.document_key("111", "11010519491231002x") == "11010519491231002X"


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91350100m000100y43", "9135 0100 M000 100Y 43"])
def test_credit_code(code):
    assert identity.check_uscc(code) == ("91350100M000100Y43", "")


@pytest.mark.parametrize("code", ["91350100M000100Y44", "91350100I000100Y43", "9135", ""])
def test_wrong_credit_code(code):
    assert identity.check_uscc(code)[1]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("142 0000 0001", "14200000001"), ("+86 14200000001", "14200000001"), ("0731-22880000", "0731-22880000")],
)
def test_telephones(typed, kept):
    assert identity.check_phone(typed) == (kept, "")


@pytest.mark.parametrize("typed", ["142000", "无", "1420000000a", ""])
def test_what_is_no_telephone(typed):
    assert identity.check_phone(typed)[1]


def test_masks_hide_what_identifies():
    assert identity.mask_id("11010519491231002X") == "110105********002X"
    assert identity.mask_id("E1234567") == "E1****67"
    assert identity.mask_phone("14200000001") == "142****0001"
    assert identity.mask_phone("0731-22880000").count("*") == 11
    assert [identity.mask_name(n) for n in ("张三", "张三丰", "欧阳小红", "")] == ["张*", "张**", "欧阳**", ""]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("张三丰", "zsf"),
        ("单雄信", "sxx"),
        ("仇英", "qy"),
        ("曾国藩", "zgf"),
        ("尉迟恭", "ycg"),
        ("欧阳修", "oyx"),
        ("阿依古丽·买买提", "ayglmmt"),
        ("John Smith", "js"),
        ("解", "j"),
    ],
)
def test_initials_read_a_surname_as_a_surname(name, letters):
    assert initials(name) == letters


def test_core_fields_are_judged_against_the_document():
    given = {"name": "苗 禾青", "id_number": "11010519491231002x", "sex": "男", "birth_on": "1949-12-30"}
    _, faults, _ = people.clean(given, TODAY)
    assert {f.field for f in faults} == {"sex", "birth_on"}
    assert all("不一致" in f.sentence for f in faults)
    assert "11010519491231002" not in str(faults)


def test_labels_and_codes_mean_the_same_and_the_number_fills_in_birth_and_sex():
    given = {"name": "苗禾青", "id_number": "11010519491231002X", "ethnic": "汉", "marriage": "已婚", "education": ""}
    kept, faults, _ = people.clean(given, TODAY)
    assert faults == []
    assert (kept["ethnic"], kept["marriage"], kept["education"]) == ("01", "20", "")
    assert (kept["birth_on"], kept["sex"], kept["id_type"]) == (date(1949, 12, 31), "2", "111")


def test_nothing_that_was_sent_is_dropped_in_silence():
    _, faults, _ = people.clean({"name": "苗禾青", "hight": "180"}, TODAY)
    assert [f.field for f in faults] == ["hight"]


def test_a_foreign_document_needs_its_type_and_no_more():
    _, faults, _ = people.clean({"name": "Li Wei", "id_number": "E12345678"}, TODAY)
    assert [f.field for f in faults] == ["id_type"]
    kept, faults, _ = people.clean({"name": "Li Wei", "id_type": "普通护照", "id_number": "e12345678"}, TODAY)
    assert (kept["id_number"], faults) == ("E12345678", [])


def test_a_name_keeps_its_dot_and_loses_its_blanks():
    assert people.clean({"name": "阿依古丽•买买提"}, TODAY)[0]["name"] == "阿依古丽·买买提"
    assert people.clean({"name": "苗3"}, TODAY)[1][0].field == "name"


def test_ages_are_counted_by_birthdays():
    assert people.age(date(2010, 3, 10), TODAY) == 16
    assert people.age(date(2010, 3, 11), TODAY) == 15
    first, last = people.born_between(16, 18, TODAY)
    assert (first, last) == (date(2007, 3, 11), date(2010, 3, 10))
    assert people.born_between(0, 0, date(2024, 2, 29)) == (date(2023, 3, 1), date(2024, 2, 29))


def test_what_the_standard_wants_and_the_record_lacks():
    assert "服务处所" not in people.missing({})
    assert people.missing({"name": "x"})[0] == "公民身份号码"
