from decimal import Decimal
from typing import Any, cast

import pytest

from wangge.finance import queries, services, terms
from wangge.finance.budget import rules
from wangge.finance.terms import LineKey, Source
from wangge.finance.tests import make
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal


@pytest.mark.parametrize(
    ("kind", "year", "code", "name"),
    [
        ("function", 2020, "2089901", "其他社会保障和就业支出"),
        ("function", 2022, "2089901", None),
        ("function", 2020, "2089999", None),
        ("function", 2022, "2089999", "其他社会保障和就业支出"),
        ("function", 2022, "2299999", "其他支出"),
        ("function", 2019, "20805", "行政事业单位离退休"),
        ("function", 2020, "20805", "行政事业单位养老支出"),
        ("function", 2020, "2081105", "残疾人就业和扶贫"),
        ("function", 2022, "20102", "政协事务"),
        ("function", 2022, "2080208", "基层政权建设和社区治理"),
        ("economic", 2022, "30217", "公务接待费"),
        ("economic", 2022, "39908", "对民间非营利组织和群众性自治组织补贴"),
        ("governmental", 2022, "50306", "设备购置"),
        ("governmental", 2022, "50207", "因公出国（境）费用"),
    ],
)
def test_a_code_belongs_to_its_years(kind, year, code, name):
    assert terms.classification(kind, year).get(code) == name


def test_a_code_is_proved_wrong_only_by_its_own_years():
    assert terms.valid_years("function", "2089901") == ((0, 2020),)
    assert terms.valid_years("function", "2089999") == ((2021, 9999),)
    assert terms.valid_years("function", "9999999") == ()
    assert terms.names("function", "20805") == ("行政事业单位离退休", "行政事业单位养老支出")


@pytest.mark.parametrize(
    ("kind", "code", "quality"),
    [
        ("function", "2010301", "A"),
        ("function", "2010104", "OLD"),
        ("governmental", "50207", "K"),
        ("economic", "99999", ""),
    ],
)
def test_it_is_known_how_well_a_code_is_known(kind, code, quality):
    assert terms.quality(kind, 2022, code) == quality


@pytest.mark.parametrize("kind", list(terms.KIND_NAMES))
def test_every_code_has_its_level_and_stands_once_a_year(kind):
    for year in (2018, 2020, 2022, 2026):
        codes = terms.classification(kind, year)
        assert len(codes) > 50
        assert {len(c) for c in codes} == set(terms.LENGTHS[kind])
        assert all(len(c) == 3 or c[:3] in codes for c in codes), f"{kind} {year}: a code without its 类"


@pytest.mark.parametrize(
    ("economic", "nature", "governmental"),
    [
        ("30101", "administrative", "50101"),
        ("30108", "administrative", "50102"),
        ("30113", "civil_like", "50103"),
        ("30199", "administrative", "50199"),
        ("30101", "public", "50501"),
        ("30201", "public", "50502"),
        ("31002", "public", "50601"),
        ("30201", "administrative", "50201"),
        ("30217", "administrative", "50206"),
        ("30227", "administrative", "50205"),
        ("31002", "administrative", "50306"),
        ("31013", "administrative", "50303"),
        ("30302", "public", "50905"),
        ("30399", "administrative", "50999"),
        ("39999", "public", "59999"),
        ("31201", "public", ""),
    ],
)
def test_the_governmental_code_follows_the_nature_of_the_unit(economic, nature, governmental):
    assert rules.governmental(economic, nature) == governmental
    assert not governmental or governmental in terms.classification("governmental", 2022)


CHART = {kind: terms.classification(kind, 2022) for kind in terms.KIND_NAMES}


@pytest.mark.parametrize(
    ("key", "code", "said"),
    [
        (LineKey("2010301", "30201"), None, ""),
        (LineKey("20103", "30201"), "bad_code", "项级"),
        (LineKey("2010301", "302"), "bad_code", "款级"),
        (LineKey("2089901", "30201"), "code_not_in_year", "以前—2020年"),
        (LineKey("2010301", "30201", governmental="502"), "bad_code", "款级"),
        (LineKey("2010301", "30201", Source("carryover")), None, ""),
        (LineKey("2010301", "30201", cast(Source, "gift")), "bad_source", "gift"),
        (LineKey("20103０1", "30201"), "code_not_in_year", "2022年"),
    ],
)
def test_a_line_is_made_of_codes_of_its_year(key, code, said):
    refusal = rules.check_key(key, CHART, 2022)
    assert (refusal.code if refusal else None) == code
    assert refusal is None or said in refusal.sentence


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("100", "100.00"),
        ("0.01", "0.01"),
        ("0", None),
        ("-1", None),
        ("1.001", None),
        ("NaN", None),
        ("1e20", None),
        ("一百", None),
        ("", None),
    ],
)
def test_an_amount_is_yuan_to_the_fen(given, found):
    amount = rules.amount(given)
    assert amount == Decimal(found) if found else isinstance(amount, Refusal)


@pytest.mark.parametrize(
    ("given", "most", "digits", "fine"),
    [
        ("0", 100, 2, True),
        ("100", 100, 2, True),
        ("100.01", 100, 2, False),
        ("-0.01", 100, 2, False),
        ("0.001", 100, 2, False),
        ("0.0001", 100, 4, True),
        ("NaN", 100, 2, False),
        ("Infinity", 100, 2, False),
        ("多", 100, 2, False),
    ],
)
def test_a_number_stays_within_its_bounds(given, most, digits, fine):
    assert isinstance(rules.number(given, "x", Decimal(most), digits), Decimal) is fine


@pytest.mark.usefixtures("district")
class TestDistrict:
    def test_a_district_adds_a_code_for_years(self):
        make.bureau()
        own: dict[str, Any] = {"kind": "function", "code": "2089998", "name": "基层治理专项", "first_year": 2022}
        services.add_code(actor=make.treasury(), place_code=430204000000000, **own)
        assert queries.chart(430204005000000, 2022)["function"]["2089998"] == "基层治理专项"
        assert "2089998" not in queries.chart(430204000000000, 2021)["function"]
        assert "2089998" not in queries.chart(430202000000000, 2022)["function"]
        make.unit()
        make.budget([terms.LineAmount(LineKey("2089998", "30201"), Decimal(1))])
        assert queries.lines(SYSTEM, make.CODE, 2022)[0].function_name == "基层治理专项"

    @pytest.mark.parametrize(
        ("code", "refused"),
        [("2010301", "code_exists"), ("208999", "bad_code"), ("2777701", "no_parent"), ("20a0000", "bad_code")],
    )
    def test_an_added_code_fits_the_chart(self, code, refused):
        with pytest.raises(Refusal) as error:
            services.add_code(
                actor=SYSTEM, place_code=430204000000000, kind="function", code=code, name="某项", first_year=2022
            )
        assert error.value.code == refused

    def test_only_the_district_itself_adds_to_its_chart(self):
        own: dict[str, Any] = {"kind": "function", "code": "2089998", "name": "某项", "first_year": 2022}
        with pytest.raises(NotHere):
            services.add_code(actor=make.treasury(), place_code=430202000000000, **own)
        with pytest.raises(NoRight):
            services.add_code(actor=make.clerk(), place_code=430204000000000, **own)

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"amount": Decimal("NaN")}, "bad_number"),
            ({"amount": Decimal(-1)}, "bad_number"),
            ({"measure": "percent", "amount": Decimal(101), "base": ("30101",)}, "bad_number"),
            ({"measure": "percent", "base": ()}, "bad_base"),
            ({"measure": "percent", "base": ("30201",)}, "bad_base"),
            ({"measure": "guess"}, "bad_standard"),
            ({"economic": "302"}, "bad_code"),
            ({"document": ""}, "bad_text"),
        ],
    )
    def test_a_standard_that_cannot_be_is_refused(self, given, code):
        about: dict[str, Any] = {
            "actor": SYSTEM,
            "place_code": 430204000000000,
            "year": 2022,
            "nature": "public",
            "economic": "30201",
            "measure": "person",
            "amount": Decimal(2000),
            "document": "区级定额标准（演示）",
        } | given
        with pytest.raises(Refusal) as error:
            services.set_standard(**about)
        assert error.value.code == code
