"""The shipped duty list, offices and roles hold together."""

from importlib.resources import files
from typing import Any

import pytest
import yaml

from wangge.events.catalogue import BadCatalogue, Catalogue, parse, parse_limit, within
from wangge.kernel.workdays import Limit

ROOT = files("wangge")


def read(path: str) -> str:
    return ROOT.joinpath(path).read_text(encoding="utf-8")


def load(district: int = 430204) -> Catalogue:
    local = read("events/data/overrides_430202.yaml") if district == 430202 else ""
    return parse(read("events/data/categories.yaml"), read("events/data/platforms.yaml"), local)


def offices(district: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(read(f"identity/data/departments_{district}.yaml"))["offices"]
    return found


def roles() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(read("identity/data/roles.yaml"))
    return found


def test_the_tree_is_wide_enough_and_every_platform_has_rows() -> None:
    known = load()
    assert len(known.categories) >= 110
    assert len(known.classes()) >= 16
    assert len({r.full_name for r in known.categories.values()}) == len(known.categories)
    assert {r.platform for r in known.categories.values()} == {p.code for p in known.platforms}


@pytest.mark.parametrize("district", [430204, 430202])
def test_every_department_of_the_duty_list_exists(district: int) -> None:
    known, slugs = load(district), {o["slug"] for o in offices(district)}
    for row in known.categories.values():
        assert {known.office(s) for s in (row.lead, *row.with_)} <= slugs, row.code
    assert {known.office(p.lead) for p in load().platforms} <= slugs


def test_office_codes_are_unique_over_all_districts() -> None:
    codes = [o["code"] for d in (430204, 430202) for o in offices(d)]
    assert len(codes) == len(set(codes))


def test_every_row_says_when_it_opens_and_closes_and_has_words() -> None:
    for row in load().categories.values():
        assert row.open_if
        assert row.close_if
        assert len(row.words) >= 3, row.code


def test_no_limit_outlasts_the_law() -> None:
    assert not within(Limit(61, "natural_day"), Limit(60, "natural_day"))
    assert within(Limit(20, "work_day"), Limit(30, "natural_day"))
    assert not within(Limit(22, "work_day"), Limit(30, "natural_day"))


@pytest.mark.parametrize(
    "row",
    [
        '{"1501": {handle: 61 work_day}}',
        '{"9999": {handle: 1 work_day}}',
        '{"1501": {ceiling: {limit: 99 work_day, basis: x}}}',
    ],
)
def test_a_district_cannot_loosen_the_law_or_change_a_row_that_is_not_there(row: str) -> None:
    own = f"district: 430202\nversion: x\neffective_from: 2022-01-01\nsource: x\nrows: {row}\n"
    with pytest.raises(BadCatalogue):
        parse(read("events/data/categories.yaml"), "", own)


@pytest.mark.parametrize("text", ["5 weeks", "0 work_day", "1/2 work_day", "x work_hour", ""])
def test_a_bad_limit_is_refused(text: str) -> None:
    with pytest.raises(BadCatalogue):
        parse_limit(text)


def test_the_two_districts_differ() -> None:
    one, two = load(), load(430202)
    assert one.version != two.version
    assert one.categories["0101"].handle != two.categories["0101"].handle
    assert len(two.categories["0901"].stages) == 2
    assert one.limit("0101", "sign", "urgent") == Limit(2, "work_hour")


def test_roles_use_known_rights_and_the_three_officers_share_none() -> None:
    data = roles()
    by_code = {r["code"]: set(r["rights"]) for r in data["roles"]}
    for rights in by_code.values():
        assert rights <= set(data["rights"])
    officers = {code: by_code.pop(code) for code in ("system_admin", "security_admin", "audit_admin")}
    assert sum(map(len, officers.values())) == len(set().union(*officers.values()))
    for rights in by_code.values():
        assert not rights & set().union(*officers.values())
    assert set().union(*by_code.values(), *officers.values()) == set(data["rights"])
