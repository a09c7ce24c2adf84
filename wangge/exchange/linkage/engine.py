"""Runs the linkage: exact documents first, then Splink on what is left. DuckDB in this process, or Spark by its session.

Left is the source (records), right is the registry (people). Both come as the columns of `features.COLUMNS`.
"""

import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from wangge.exchange.linkage import features, model
from wangge.kernel.errors import Refusal

if (
    TYPE_CHECKING
):  # loaded where it is used: the web process, which links nothing, is 70 MB smaller without the two engines
    import pyarrow as pa

# It tells of every level that a training did not see; `_complete` deals with those.
logging.getLogger("splink").setLevel(logging.ERROR)
Engine = Literal["duckdb", "spark"]
Table = Mapping[str, list[Any]]
LEFT, RIGHT = "a_source", "b_people"
# Fewer pairs with the same document than this do not say how often true pairs disagree; then the model is trained by EM.
ENOUGH_PAIRS = 300
# Expectation maximisation looks at the pairs that agree on these; fewer than so many of either teach nothing.
LEARNT_FROM, ENOUGH_ALIKE = (("name", "birth"), ("phone", "birth_md")), 50
SEED = 2022
COMPARISONS = tuple(model.labels())
PAIR = ("unique_id_l", "unique_id_r", "match_probability", "match_weight", *(f"gamma_{c}" for c in COMPARISONS))
# What Spark calls the types of the columns that are no texts.
KINDS = dict.fromkeys(("name_len", "birth_y", "birth_m", "birth_d"), "int") | {"unique_id": "bigint"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A record and a person that may be the same: `vector` says per comparison which level it reached (-1: missing)."""

    record: int
    person: int
    probability: float
    weight: float
    vector: tuple[int, ...]


@dataclass(slots=True)
class Found:
    """`by_document`: record → the people with its document. `pairs`: the candidates of all others."""

    by_document: dict[int, list[int]] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)


def spark_is_here() -> str:
    """ "" when a local Spark can run, else the sentence that says what is missing."""
    if find_spec("pyspark") is None:
        return "没有安装 pyspark（requirements/spark.in），不能用 Spark 比对。请安装后再试，或改用 duckdb。"
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        return "这台机器没有 Java，不能用 Spark 比对。请安装 Java 17，或改用 duckdb。"
    return ""


def table(columns: Table) -> "pa.Table":
    import pyarrow as pa

    types = {"int": pa.int32(), "bigint": pa.int64(), "string": pa.string()}
    schema = pa.schema([(c, types[KINDS.get(c, "string")]) for c in features.COLUMNS])
    return pa.table({c: columns[c] for c in features.COLUMNS}, schema=schema)


def link(trained: Mapping[str, Any], left: Table, right: Table, engine: Engine = "duckdb", floor: float = 0.0) -> Found:
    """Exact documents, then the candidates at or above the probability `floor`. `Refusal` when the engine is not there."""
    found = Found(_same_documents(left, right))
    rest = _without(left, found.by_document)
    if not rest["unique_id"] or not right["unique_id"]:
        return found
    with _opened(engine, rest, right) as sides:
        scored = _linker(sides, dict(trained)).inference.predict(threshold_match_probability=max(floor, 1e-6))
        found.pairs = sorted(_pairs(_rows(scored, engine, PAIR)), key=lambda p: (p.record, p.person))
    return found


def clusters(found: Found, at: float = model.AUTO) -> set[frozenset[tuple[str, int]]]:
    """Who belongs together by documents and by pairs from this probability on: sets of (side, id), single ones left out.

    Pairs come from the engine, the components from here: Splink's own clustering takes minutes of rounds on a small Spark.
    """
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(x: tuple[str, int]) -> tuple[str, int]:
        while parent.setdefault(x, x) != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    edges = [(r, p) for r, people in found.by_document.items() for p in people]
    edges += [(p.record, p.person) for p in found.pairs if p.probability >= at]
    for record, person in edges:
        parent[root((LEFT, record))] = root((RIGHT, person))
    groups: dict[tuple[str, int], set[tuple[str, int]]] = {}
    for one in parent:
        groups.setdefault(root(one), set()).add(one)
    return {frozenset(g) for g in groups.values()}


def train(left: Table, right: Table) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """(the model, how it was trained: pairs with one document, `labels` or `em`, seed), or None when the two have too little in
    common to learn from. On DuckDB; reproducible.

    Pairs with the same document are known to be true: they say how often true pairs agree (m). Random pairs say how often
    strangers do (u).
    """
    same = _same_documents(left, right)
    known = sum(len(v) for v in same.values())
    if known < ENOUGH_PAIRS and min(_alike(left, right, c) for c in LEARNT_FROM) < ENOUGH_ALIKE:
        return None
    with _opened("duckdb", left, right) as sides:
        linker = _linker(sides, model.settings())
        training = linker.training
        training.estimate_u_using_random_sampling(max_pairs=2e6, seed=SEED, min_count_per_level=None, num_chunks=1)
        if known >= ENOUGH_PAIRS:
            training.estimate_m_from_label_column("doc")
        else:
            for columns in LEARNT_FROM:
                rule = " AND ".join(f"l.{c} = r.{c}" for c in columns)
                training.estimate_parameters_using_expectation_maximisation(
                    rule, fix_probability_two_random_records_match=True
                )
        trained: dict[str, Any] = linker.misc.save_model_to_json()
    trained["probability_two_random_records_match"] = _prior(left, right, known)
    trained["linker_uid"] = "wangge"
    _complete(trained)
    return trained, {"document_pairs": known, "method": "labels" if known >= ENOUGH_PAIRS else "em", "seed": SEED}


def _prior(left: Table, right: Table, known: int) -> float:
    """The chance that a random record and a random person are the same: as many of all as of those with documents."""
    here = sum(d is not None for d in left["doc"])
    share = min(max(known / here if here else 0.5, 0.02), 0.98)
    return share / max(len(right["unique_id"]), 2)


def _alike(left: Table, right: Table, columns: tuple[str, ...]) -> int:
    """How many pairs agree on these columns."""
    counts = [Counter(zip(*(side[c] for c in columns), strict=True)) for side in (left, right)]
    return sum(n * counts[1][key] for key, n in counts[0].items() if None not in key)


def _complete(trained: dict[str, Any]) -> None:
    """A level that no true pair showed is rare, not impossible: it gets half a case in the thousand. What the source does not
    have at all (no telephones, say) could not be learnt: that comparison comes from the shipped model."""
    shipped = {c["output_column_name"]: c for c in model.shipped()["comparisons"]}
    for comparison in trained["comparisons"]:
        levels = [x for x in comparison["comparison_levels"] if not x.get("is_null_level")]
        if not any(x.get("m_probability") for x in levels):
            known = shipped[comparison["output_column_name"]]["comparison_levels"]
            for level, one in zip(comparison["comparison_levels"], known, strict=True):
                level.update({k: one[k] for k in ("m_probability", "u_probability") if k in one})
        for level in levels:
            level["m_probability"] = min(max(float(level.get("m_probability") or 0), 0.0005), 0.9995)
            level["u_probability"] = min(max(float(level.get("u_probability") or 0), 1e-7), 0.9995)


def _same_documents(left: Table, right: Table) -> dict[int, list[int]]:
    people: dict[str, list[int]] = {}
    for person, doc in zip(right["unique_id"], right["doc"], strict=True):
        if doc is not None:
            people.setdefault(doc, []).append(person)
    named = zip(left["unique_id"], left["doc"], strict=True)
    return {record: people[doc] for record, doc in named if doc is not None and doc in people}


def _without(left: Table, gone: Mapping[int, object]) -> dict[str, list[Any]]:
    kept = [i for i, record in enumerate(left["unique_id"]) if record not in gone]
    return {c: [values[i] for i in kept] for c, values in left.items()}


@contextmanager
def _opened(engine: Engine, left: Table, right: Table) -> Iterator[list[Any]]:
    """Both sides registered with Splink's interface to the engine."""
    if engine == "duckdb":
        import duckdb
        from splink.backends.duckdb import DuckDBAPI

        connection = duckdb.connect(":memory:")
        try:
            api = DuckDBAPI(connection)
            yield [api.register(table(t), dataset_display_name=n) for t, n in ((left, LEFT), (right, RIGHT))]
        finally:
            connection.close()
        return
    if sentence := spark_is_here():
        raise Refusal("no_spark", sentence, field="engine", value=engine)
    from splink.backends.spark import SparkAPI

    session = _session()
    on_spark = SparkAPI(spark_session=session, break_lineage_method="persist", register_udfs_automatically=False)
    sides = []
    try:
        for t, name in ((left, LEFT), (right, RIGHT)):
            frame = session.createDataFrame(list(zip(*table(t).to_pydict().values(), strict=True)), _spark_schema())
            sides.append(on_spark.register(frame, dataset_display_name=name))
        yield sides
    finally:  # the session lives on: its views must not meet the next run
        for view in session.catalog.listTables():
            if view.isTemporary and (view.name in (LEFT, RIGHT) or view.name.startswith("__splink")):
                session.catalog.dropTempView(view.name)
        session.catalog.clearCache()


def _session() -> Any:
    """The running session, or a local one; a cluster is chosen by `WANGGE_SPARK` (its master)."""
    from pyspark.sql import SparkSession

    return (
        SparkSession.builder.master(os.environ.get("WANGGE_SPARK", "local[2]"))
        .appName("wangge-linkage")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", os.environ.get("WANGGE_SPARK_PARTITIONS", "4"))
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )


def _spark_schema() -> str:
    return ", ".join(f"`{c}` {KINDS.get(c, 'string')}" for c in features.COLUMNS)


def _linker(sides: list[Any], trained: dict[str, Any]) -> Any:
    from splink import Linker

    for rule in trained["blocking_rules_to_generate_predictions"]:
        rule.pop("sql_dialect", None)  # written for one engine, read by the other
    trained.pop("sql_dialect", None)
    return Linker(sides, trained, log_level=None, validate_settings=False)


def _rows(frame: Any, engine: Engine, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    if engine == "duckdb":
        yield from frame.as_duckdbpyrelation().select(*columns).fetchall()
    else:
        yield from map(tuple, frame.as_spark_dataframe().select(*columns).toLocalIterator())


def _pairs(rows: Iterator[tuple[Any, ...]]) -> Iterator[Pair]:
    for record, person, probability, weight, *vector in rows:
        # Rounded: the last bits of a sum of logarithms are the engine's own.
        yield Pair(record, person, round(probability, 6), round(weight, 4), tuple(vector))
