"""The comparisons of the linkage model in Splink's own words, and its file.

Every condition is SQL that DuckDB and Spark read alike: no quoted names (a name here, a text there), no reserved words. Sources: I. P. Fellegi, A. B. Sunter, A Theory for Record Linkage,
JASA 64 (1969); GB 11643-1999 (one citizen, one number).
"""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "linkage_model.json"
# Either side may lie about one thing: each rule leaves out another. Rare enough values that no block grows past a village.
BLOCKS = (
    ("phone", "birth_md"),
    ("phone", "name"),
    ("name", "birth"),
    ("name_py", "birth_md"),
    ("name_py", "birth_y", "birth_m"),
    ("name", "addr_tail"),
    ("birth", "addr_tail"),
)
AUTO = 0.99


def _level(sql: str, label: str, **more: Any) -> dict[str, Any]:
    return {"sql_condition": sql, "label_for_charts": label, **more}


def _null(*columns: str) -> dict[str, Any]:
    sql = " OR ".join(f"{c}_l IS NULL OR {c}_r IS NULL" for c in columns)
    return _level(sql, "缺项", is_null_level=True)


def _same(*columns: str) -> str:
    return " AND ".join(f"{c}_l = {c}_r" for c in columns)


_ONE_CHARACTER = (
    "name_len_l = name_len_r AND name_len_l >= 2 AND "
    "(CASE WHEN n1_l = n1_r THEN 1 ELSE 0 END + CASE WHEN n2_l = n2_r THEN 1 ELSE 0 END"
    " + CASE WHEN COALESCE(n3_l, '') = COALESCE(n3_r, '') THEN 1 ELSE 0 END) = 2"
)
_TWO_OF_THREE = f"({_same('birth_y', 'birth_m')}) OR ({_same('birth_y', 'birth_d')}) OR ({_same('birth_m', 'birth_d')})"
_SWAPPED = "birth_y_l = birth_y_r AND birth_m_l = birth_d_r AND birth_d_l = birth_m_r"
_ELSE = _level("ELSE", "不同")


def settings() -> dict[str, Any]:
    """An untrained model."""
    return {
        "link_type": "link_only",
        "unique_id_column_name": "unique_id",
        "retain_intermediate_calculation_columns": False,
        "retain_matching_columns": True,
        "blocking_rules_to_generate_predictions": [_block(*columns) for columns in BLOCKS],
        "comparisons": [
            _comparison(
                "name",
                _null("name"),
                _level(_same("name"), "相同", tf_adjustment_column="name", tf_adjustment_weight=1.0),
                _level(_same("name_py"), "同音"),
                _level(_ONE_CHARACTER, "一字不同"),
                _ELSE,
            ),
            _comparison(
                "birth",
                _null("birth"),
                _level(_same("birth"), "相同"),
                _level(_SWAPPED, "月日颠倒"),
                _level(_TWO_OF_THREE, "年月日有一处不同"),
                _ELSE,
            ),
            _comparison("sex", _null("sex"), _level(_same("sex"), "相同"), _ELSE),
            _comparison("phone", _null("phone"), _level(_same("phone"), "相同"), _ELSE),
            _comparison(
                "addr",
                _null("addr"),
                _level(_same("addr"), "相同"),
                _level(_same("addr_tail"), "楼栋和房号相同"),
                _ELSE,
            ),
        ],
    }


def _comparison(name: str, *levels: dict[str, Any]) -> dict[str, Any]:
    return {"output_column_name": name, "comparison_levels": list(levels)}


def _block(*columns: str) -> dict[str, str]:
    return {"blocking_rule": " AND ".join(f"l.{c} = r.{c}" for c in columns), "sql_dialect": "duckdb"}


def labels() -> dict[str, dict[int, str]]:
    """comparison → value of its vector → what it says; -1 is a missing value."""
    said = {}
    for comparison in settings()["comparisons"]:
        levels = [x for x in comparison["comparison_levels"] if not x.get("is_null_level")]
        names = {len(levels) - 1 - i: str(x["label_for_charts"]) for i, x in enumerate(levels)}
        said[str(comparison["output_column_name"])] = {-1: "缺项", **names}
    return said


SURE, AGAINST = "决定性", "有力反证"
# Bits: how many times likelier the agreement is among true pairs than among strangers, as a power of two.
_WORDS = ((6.0, "有力支持"), (2.0, "支持"), (-2.0, "作用不大"), (-5.0, "不支持"))


def speaks(trained: dict[str, Any], levels: dict[str, int]) -> dict[str, str]:
    """comparison → what its level says of whether the two are the same, in a word; a missing value says nothing."""
    said = {}
    for comparison in trained["comparisons"]:
        name = str(comparison["output_column_name"])
        known = [x for x in comparison["comparison_levels"] if not x.get("is_null_level")]
        at = len(known) - 1 - levels.get(name, -1)
        if 0 <= at < len(known):
            bits = math.log2(known[at]["m_probability"] / known[at]["u_probability"])
            said[name] = next((word for least, word in _WORDS if bits >= least), AGAINST)
    return said


def shipped() -> dict[str, Any]:
    """The model that serves where there is too little to learn from."""
    read: dict[str, Any] = json.loads(SHIPPED.read_text())
    return read


def digest(trained: dict[str, Any]) -> str:
    """SHA-256 of a model, the same for the same weights."""
    return hashlib.sha256(json.dumps(trained, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def write(trained: dict[str, Any], path: Path) -> None:
    """The model as a file: whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(trained, ensure_ascii=False, indent=1))
    draft.replace(path)
