"""The comparison itself: what is compared, what is decided, and that a saved model gives the same clusters on both engines."""

import json
import random
from datetime import date

import pytest

from wangge.exchange.linkage import engine, features, model
from wangge.exchange.linkage.features import Side
from wangge.exchange.linkage.model import SHIPPED
from wangge.exchange.rules import deciding
from wangge.exchange.services.linking import read_model
from wangge.kernel.errors import Refusal


@pytest.mark.parametrize(
    ("spoken", "tail"),
    [
        ("响石路8号响石家园2栋1单元301室", "2-1-301"),
        ("响石家园2栋1单元301", "2-1-301"),
        ("响石家园二栋一单元三〇一室", "2-1-301"),
        ("株洲市石峰区响石路８号响石家园２幢１单元３０１", "2-1-301"),
        ("响石家园2-1-301", "2-1-301"),
        ("响石家园十二号楼3门1202房", "12-3-1202"),
        ("响石村三百零二号", None),
        ("", None),
    ],
)
def test_an_address_is_known_by_its_last_numbers_however_it_is_said(spoken, tail):
    assert features.address(spoken)[1] == tail


def test_a_name_is_compared_by_its_sound_and_its_characters():
    sound = features.columns(
        [Side(1, None, "章 书禾", date(1990, 2, 3), "1", None, ""), Side(2, None, "张舒和", None, "", None, "")]
    )
    assert sound["name_py"][0] == sound["name_py"][1] == "zhang shu he"
    assert (sound["n1"], sound["name_len"], sound["birth_md"]) == (["章", "张"], [3, 3], ["0203", None])


def pair(record, person, probability=0.999, weight=20.0, vector=(3, 3, 1, 1, 2)):
    return engine.Pair(record, person, probability, weight, vector)


LIMITS = deciding.Limits()
NO_PAPERS: deciding.Documents = ({}, {})


@pytest.mark.parametrize(
    ("pairs", "papers", "outcome", "why"),
    [
        ([pair(1, 10)], NO_PAPERS, "auto", ""),
        ([pair(1, 10, 0.5)], NO_PAPERS, "review", "doubtful"),
        ([pair(1, 10, 0.1)], NO_PAPERS, "none", None),
        ([pair(1, 10), pair(1, 11, 0.999, 18.0)], NO_PAPERS, "review", "rivals"),
        ([pair(1, 10), pair(1, 11, 0.9, 5.0)], NO_PAPERS, "auto", ""),
        ([pair(1, 10)], ({1: "a"}, {10: "b"}), "review", "document_differs"),
        ([pair(1, 10)], ({1: "a"}, {10: None}), "auto", ""),
        ([pair(1, 10, vector=(1, 3, 1, 1, 2))], NO_PAPERS, "review", "twins"),
        ([pair(1, 10, vector=(3, 3, 1, 0, 0))], NO_PAPERS, "review", "namesake"),
        ([pair(1, 10, vector=(3, 3, 1, -1, 0))], NO_PAPERS, "auto", ""),
    ],
)
def test_what_is_sure_is_linked_and_what_is_doubtful_goes_to_a_person(pairs, papers, outcome, why):
    (decision,) = deciding.decide({}, pairs, papers, LIMITS)
    assert decision.outcome == outcome
    assert (decision.people[0].why if decision.people else None) == why


def test_what_a_person_decided_earlier_is_not_decided_by_itself_again():
    decide = deciding.decide
    assert decide({}, [pair(1, 10)], NO_PAPERS, LIMITS, rejected={(1, 10)}) == []
    (again,) = decide({}, [pair(1, 10)], NO_PAPERS, LIMITS, undone={(1, 10)})
    assert (again.outcome, again.people[0].why) == ("review", "undone")
    (document,) = decide({1: [10]}, [], NO_PAPERS, LIMITS, undone={(1, 10)})
    assert document.outcome == "review"
    assert decide({1: [10]}, [], NO_PAPERS, LIMITS, rejected={(1, 10)}) == []


def test_one_document_with_another_name_and_birth_is_looked_at_by_a_person():
    (one,) = deciding.decide({1: [10]}, [], NO_PAPERS, LIMITS, strangers={(1, 10)})
    assert (one.outcome, one.people[0].why) == ("review", "name_differs")


@pytest.mark.parametrize(("limits", "good"), [((0.98, 0.3, 4), True), ((0.4, 0.3, 4), False), ((0.9, 0.95, 4), False), ((0.9, 0.01, 4), False)])  # fmt: skip
def test_limits_are_checked(limits, good):
    assert (deciding.check_limits(*limits) == "") is good


# ---- the engines -----------------------------------------------------------------------------------------------------


def two_lists(count: int = 400) -> tuple[list[Side], list[Side]]:
    """A registry and another office's list of two thirds of it, with slips; every fourth row without a document."""
    rng = random.Random(7)
    surnames, first, last = "苗柏水窦章云苏潘葛奚", "禾岩汀沐予知亦若景书", "青岑舟宁远和安言溪川"
    registry, source = [], []
    for n in range(count):
        name = rng.choice(surnames) + rng.choice(first) + rng.choice(last)
        born = date(rng.randint(1940, 2010), rng.randint(1, 12), rng.randint(1, 28))
        home = f"演示路{n % 40}号演示家园{n % 12 + 1}栋{n % 3 + 1}单元{n % 6 + 1}0{n % 2 + 1}室"
        registry.append(Side(n, f"d{n}", name, born, "1", f"t{n}", home))
        if n % 3:
            doc = None if n % 4 == 0 else f"d{n}"
            born = born.replace(day=rng.randint(1, 28)) if n % 29 == 0 else born
            phone = None if n % 5 == 0 else f"x{n}" if n % 11 == 0 else f"t{n}"
            source.append(Side(n, doc, name, born, "1", phone, home if n % 7 else ""))
    return source, registry


@pytest.fixture(scope="module")
def compared():
    source, registry = two_lists()
    return features.columns(source), features.columns(registry)


def learnt(left, right):
    made = engine.train(left, right)
    assert made is not None
    return made


def without(side, *columns):
    return {c: [None] * len(v) if c in columns else v for c, v in side.items()}


def test_two_lists_with_nothing_in_common_teach_nothing(compared):
    left, right = compared
    assert engine.train(without(left, "doc", "name"), right) is None
    assert engine.train(without(left, "doc", "phone"), right) is None


def test_what_a_source_does_not_have_is_weighed_as_the_shipped_model_does(monkeypatch, compared):
    monkeypatch.setattr(engine, "ENOUGH_PAIRS", 100)
    left, right = compared
    trained, how = learnt(without(left, "phone"), right)
    assert how["method"] == "labels"
    ours, theirs = (
        next(c for c in m["comparisons"] if c["output_column_name"] == "phone") for m in (trained, model.shipped())
    )
    weighed = [[x.get("m_probability") for x in c["comparison_levels"]] for c in (ours, theirs)]
    assert weighed[0] == weighed[1]


def test_the_same_training_gives_the_same_file_and_the_truth_comes_out(compared, tmp_path):
    left, right = compared
    trained, how = learnt(left, right)
    again, _ = learnt(left, right)
    assert model.digest(trained) == model.digest(again)
    assert how["method"] == "em"  # 200 documents in common are too few to learn from
    model.write(trained, tmp_path / "m.json")
    found = engine.link(read_model(tmp_path / "m.json"), left, right)
    decided = deciding.decide(found.by_document, found.pairs, deciding.documents(left, right), LIMITS)
    linked = {d.record: d.people[0].person for d in decided if d.outcome == "auto"}
    assert all(r == p for r, p in linked.items())
    assert len(linked) > 0.95 * len(left["unique_id"])
    assert found.by_document.keys() == {i for i, d in zip(left["unique_id"], left["doc"], strict=True) if d}


def test_the_shipped_model_is_whole():
    weights = read_model(SHIPPED)
    levels = [x for c in weights["comparisons"] for x in c["comparison_levels"] if not x.get("is_null_level")]
    assert all(0 < x["m_probability"] < 1 and 0 < x["u_probability"] < 1 for x in levels)


def test_a_file_that_is_no_model_is_refused(tmp_path):
    for text in ("{}", "not json", '{"comparisons": [{"output_column_name": "age"}]}'):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(Refusal) as refused:
            read_model(tmp_path / "x.json")
        assert refused.value.code == "bad_model"


@pytest.mark.filterwarnings("ignore")
def test_a_saved_model_gives_the_same_clusters_on_duckdb_and_on_spark(compared, tmp_path):
    if missing := engine.spark_is_here():
        pytest.skip(missing)
    left, right = compared
    model.write(json.loads(SHIPPED.read_text()), tmp_path / "m.json")
    duck = engine.link(read_model(tmp_path / "m.json"), left, right, "duckdb")
    spark = engine.link(read_model(tmp_path / "m.json"), left, right, "spark")
    assert len(duck.pairs) > 50
    assert duck.pairs == spark.pairs
    assert engine.clusters(duck) == engine.clusters(spark)
    assert len(engine.clusters(duck)) > 200


def test_without_spark_the_refusal_says_what_is_missing(monkeypatch, compared):
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    with pytest.raises(Refusal) as refused:
        engine.link(read_model(SHIPPED), compared[0], compared[1], "spark")
    assert "pyspark" in refused.value.sentence
