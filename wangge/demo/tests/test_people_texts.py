"""Invented people and words: enough, different, and nobody's."""

import random
import re
from pathlib import Path
from typing import Any

import pytest

from wangge.demo import people, texts
from wangge.events.tests.test_catalogue_data import load, offices, roles

JINGLONG = [430204005001000 + i for i in range(1, 22)]
REST = [430204001002000 + i for i in range(1, 360)]


def officers(names: people.Names) -> list[people.Person]:
    cells = {c: f"第{c % 1000:02d}网格" for c in JINGLONG + REST}
    return people.officers(430204, cells, {c - c % 1000: "office" for c in cells}, names)


def test_402_officers_of_whom_24_are_on_the_21_cells_of_jinglong() -> None:
    made = officers(people.Names(430204))
    assert len(made) == 402
    assert sum(p.place_code in JINGLONG for p in made) == 24
    assert {p.place_code for p in made} == {*JINGLONG, *REST}
    assert sum(p.is_lead for p in made) == 380
    assert [p.name for p in made if p.shown] == ["sf-officer"]
    assert made == officers(people.Names(430204))


def test_126_officers_on_120_cells() -> None:
    assert len(people.assign(range(120), 126)) == 126


def test_every_account_is_one_person_and_every_role_is_shown_once() -> None:
    names = people.Names(430204)
    role_names = {r["code"]: r["name"] for r in roles()["roles"]}
    community: dict[str, Any] = {
        "slug": "",
        "code": "430204005001-community",
        "kind": "community",
        "place_code": 430204005001000,
        "short": "新民社区",
    }
    made = officers(names) + people.staff(
        430204, [*offices(430204), community], role_names, (JINGLONG[0], "新民社区第01网格", community["code"]), names
    )  # fmt: skip
    for field in ("name", "full_name", "phone"):
        assert len({getattr(p, field) for p in made}) == len(made), field
    assert sorted(p.role for p in made if p.shown) == sorted(role_names)
    assert all(re.fullmatch(r"1420000\d{4}", p.phone) for p in made)


def test_no_name_stands_in_a_source_document() -> None:
    folder = Path(__file__).resolve().parents[4] / "shared/seeds"
    if not folder.exists():
        pytest.skip("the source documents are absent")
    words = "".join(p.read_text(encoding="utf-8", errors="ignore") for p in folder.glob("*.txt"))
    names = people.Names(430204)
    assert not [n for n in (names.name() for _ in range(2000)) if n in words]


def test_every_category_has_forty_different_texts_in_every_voice() -> None:
    for code in load().categories:
        for source in ("officer", "resident", "hotline"):
            rng = random.Random(f"{code}{source}")
            made = [texts.report(rng, code, "新民社区", source) for _ in range(120)]
            assert len({t for _, t in made}) >= 40, code
            assert all(0 < len(title) <= 20 and 5 <= len(text) <= 200 for title, text in made)
        known = texts.phrases()[code]
        assert len(known.what) >= 4
        assert len(set(known.what)) * len(set(known.detail)) >= 24
        assert texts.result(random.Random(1), code)


def test_the_words_are_plain() -> None:
    data = Path(texts.__file__).with_name("data").joinpath("texts.yaml").read_text(encoding="utf-8")
    assert not re.search(
        r"！|亲|\d{7,}|TODO",
        "".join(line for line in data.splitlines() if not line.startswith("#")).replace("亲戚", ""),
    )


def test_the_invented_texts_are_recognised() -> None:
    from wangge.events.suggest import suggest

    known, rng = load(), random.Random(7)
    hit = [
        code in [s.code for s in suggest(texts.report(rng, code, "新民社区", "resident")[1], known)]
        for code in known.categories
        for _ in range(4)
    ]
    assert sum(hit) / len(hit) >= 0.75
