"""Judging many people at once: the same rules as for one (rules/people, rules/identity), over columns. Pure.

Where a value fails the quick test of its column, the rule for one value is asked for the sentence, so that a person reads the
same words at a form and in an error file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from wangge.registry.rules import identity, names, tables
from wangge.registry.rules.import_sheets import ROW
from wangge.registry.rules.people import FIELDS
from wangge.registry.terms import DOCUMENTS, RIC_DOCUMENTS

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
CHECK = np.frombuffer(b"10X98765432", dtype=np.uint8)
TEXTS = ("former_name", "occupation", "employer", "hukou_address", "home_address")
CODED = tuple(key for key, one in FIELDS.items() if one.codes)
RELATION = "4761"
_FLOAT_STEP = 64  # a sheet keeps 18-digit numbers as doubles, and those lie 64 apart
ANY_PLACE = "no_place"


@dataclass(slots=True)
class Judged:
    """`frame`: the sound rows, one column a key, typed; `at` is the place of the row in what was judged. `faults`: place →
    [(key, sentence)]. `repeated`: places of rows that say again what an earlier row said."""

    frame: pl.DataFrame
    faults: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)


class _Judge:
    def __init__(self, frame: pl.DataFrame, today: date) -> None:
        self.frame, self.today = frame, today
        self.faults: dict[int, list[tuple[str, str]]] = {}

    def has(self, key: str) -> bool:
        return key in self.frame.columns

    def put(self, key: str, values: pl.Series | pl.Expr) -> None:
        self.frame = self.frame.with_columns(values.alias(key))

    def fault(self, at: int, key: str, sentence: str) -> None:
        self.faults.setdefault(at, []).append((key, sentence))

    def refuse(self, mask: pl.Series, key: str, sentence: str) -> None:
        for at in mask.fill_null(False).arg_true():
            self.fault(at, key, sentence)

    def each(self, key: str, known: Mapping[str, object], sentences: Mapping[str, str], dtype: pl.DataType) -> None:
        """Replace every value of a column by what it means; a value with a sentence is a fault of its rows."""
        column = self.frame[key]
        if sentences:
            for at in column.is_in(list(sentences)).fill_null(False).arg_true():
                self.fault(at, key, sentences[column[at]])
        if known:
            self.put(key, column.replace_strict(list(known), list(known.values()), default=None, return_dtype=dtype))
        else:
            self.put(key, pl.Series(key, [None] * column.len(), dtype=dtype))


def judge(
    frame: pl.DataFrame, today: date, places: Mapping[str, int], default_place: int | None, unplaced: str = ""
) -> Judged:
    """Judge rows (text columns by key, and `_row`).

    `places` maps what may be written for a place (code of 15 or 12 digits, name) to its code; a row without one belongs to
    `default_place`, or is a fault. `unplaced` is the sentence for a place that is not among them.
    """
    one = _Judge(frame, today)
    for key in ("name", "id_number"):
        if not one.has(key):
            one.put(key, pl.Series(key, [None] * frame.height, dtype=pl.String))
    _names(one)
    _texts(one)
    _coded(one)
    _documents(one)
    _phones(one)
    _places(one, places, default_place, unplaced)
    _households(one)
    repeated = _repeated(one)
    sound = ~pl.int_range(pl.len()).is_in(sorted({*one.faults, *repeated}))
    kept = one.frame.with_columns(pl.int_range(pl.len()).alias("at")).filter(sound)
    return Judged(kept, one.faults, repeated)


def _names(one: _Judge) -> None:
    text = pl.col("name")
    dotted = text.str.replace_all(r"[.．•・‧∙●]", "·").str.replace_all(r"\s", "")
    one.put("name", pl.when(text.str.contains(r"[^\x00-\x7f]")).then(dotted).otherwise(text))
    column = one.frame["name"]
    one.refuse(column.is_null(), "name", "姓名不能为空。请填写证件上的姓名。")
    one.refuse(column.str.contains(r"[0-9０-９<>@#%&*=|\\/]"), "name", "姓名中有数字或符号。请按证件上的姓名录入。")
    _length(one, "name")
    unique = column.drop_nulls().unique()
    initials = {name: names.initials(name) for name in unique}
    one.put("pinyin", column.replace_strict(initials, default="", return_dtype=pl.String) if initials else pl.lit(""))


def _length(one: _Judge, key: str) -> None:
    column, most = one.frame[key], FIELDS[key].length
    one.refuse(column.str.contains(r"\p{C}"), key, "含有不能显示的字符。请删去后重新录入。")
    one.refuse(column.str.len_chars() > most, key, f"{FIELDS[key].title}最多 {most} 个字。请缩短。")


def _texts(one: _Judge) -> None:
    for key in TEXTS:
        if one.has(key):
            one.put(key, pl.col(key).str.replace_all(r"[ \t\r\n\u3000]+", " "))
            _length(one, key)


def _coded(one: _Judge) -> None:
    core = {f.key: f for f in tables.core()}
    for key in CODED:
        if one.has(key):
            known: dict[str, str] = {}
            sentences: dict[str, str] = {}
            for value in one.frame[key].drop_nulls().unique():
                code, sentence = tables.check(core[key], value, one.today)
                told = sentence if core[key].sealed else f"填的是“{value[:20]}”。{sentence}"
                (known if code else sentences)[value] = code or told
            one.each(key, known, sentences, pl.String())


def _documents(one: _Judge) -> None:
    if one.has("id_type"):
        labels = {label: code for code, label in DOCUMENTS.items()} | {"身份证": "111"}
        values = one.frame["id_type"].drop_nulls().unique()
        known = {v: v if v in DOCUMENTS else labels[v] for v in values if v in DOCUMENTS or v in labels}
        wrong = {
            v: f"没有证件类型“{v}”。请填：{'、'.join(DOCUMENTS.values())}，或其代码。" for v in values if v not in known
        }
        one.each("id_type", known, wrong, pl.String())
    else:
        one.put("id_type", pl.Series("id_type", [None] * one.frame.height, dtype=pl.String))
    number = one.frame["id_number"]
    odd = number.str.contains(r"[^0-9A-Za-z()/]").fill_null(False)
    if odd.any():
        number = pl.Series("id_number", [identity.plain(v) if bad else v for v, bad in zip(number, odd, strict=True)])
    number = number.str.to_uppercase()
    shaped = number.str.contains(r"^(\d{15}|\d{17}[\dX])$").fill_null(False)
    guessed = pl.Series("id_type", ["111"]).gather([0] * number.len()) if number.len() else one.frame["id_type"]
    typed = one.frame["id_type"].is_not_null()
    one.frame = one.frame.with_columns(
        number.alias("id_number"), pl.when(typed).then(pl.col("id_type")).when(shaped).then(guessed).alias("id_type")
    )
    wrong_type = {at for at, faults in one.faults.items() if any(k == "id_type" for k, _ in faults)}
    one.refuse(number.is_null(), "id_number", "证件号码不能为空。没有证件的人员请在“登记人员”中逐人登记。")
    untyped = one.frame["id_type"].is_null() & number.is_not_null()
    for at in untyped.arg_true():
        if at not in wrong_type:
            shown = number[at]
            sentence = f"公民身份号码应为 18 位，现有 {len(shown)} 位。请按证件重新录入；不是身份证的，请加“证件类型”一列写明。"
            one.fault(at, "id_number", sentence)
    _numbers(one)


def _numbers(one: _Judge) -> None:
    """Check digits, dates and parities; birth and sex follow from the number, and contradicting ones are faults."""
    number = one.frame["id_number"]
    ric = one.frame["id_type"].is_in(list(RIC_DOCUMENTS)).fill_null(False)
    full = (number.str.contains(r"^\d{17}[\dX]$").fill_null(False)) & ric
    births = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    sane = births.is_not_null() & (births <= one.today) & (births.dt.year() >= one.today.year - identity.OLDEST)
    places = full.arg_true().to_numpy()
    checked = np.zeros(number.len(), dtype=bool)
    if len(places):
        grid = np.frombuffer("".join(number.filter(full)).encode(), dtype=np.uint8).reshape(-1, 18)
        sums = (grid[:, :17].astype(np.int64) - 48) @ WEIGHTS % 11
        checked[places] = CHECK[sums] == grid[:, 17]
    good = pl.Series(checked) & sane.fill_null(False)
    sexes = pl.when(number.str.slice(16, 1).is_in(list("13579"))).then(pl.lit("1")).otherwise(pl.lit("2"))
    one.frame = one.frame.with_columns(
        pl.when(good).then(births).alias("said_birth"), pl.when(good).then(sexes).alias("said_sex")
    )
    changed: dict[int, identity.Checked] = {}
    for at in (~good & number.is_not_null() & one.frame["id_type"].is_not_null()).arg_true():
        found = identity.check_document(one.frame["id_type"][at], number[at], one.today)
        if found.error:
            one.fault(at, "id_number", found.error + _as_double(number[at]))
        else:
            changed[at] = found
    if changed:
        _put_at(one, "id_number", {at: c.number for at, c in changed.items()})
        _put_at(one, "said_birth", {at: c.birth_on for at, c in changed.items() if c.birth_on})
        _put_at(one, "said_sex", {at: c.sex for at, c in changed.items() if c.sex})
    _all_doubles(one, number.filter(full), places)
    _born(one)


def _put_at(one: _Judge, key: str, values: Mapping[int, object]) -> None:
    if values:
        one.frame = one.frame.with_columns(one.frame[key].scatter(list(values), list(values.values())))


def _as_double(number: str) -> str:
    if len(number) == 18 and number.isdigit() and int(number) % _FLOAT_STEP == 0:
        return "表格把这一列当作数字时，末几位会丢失：请把该列设为文本后重新录入。"
    return ""


def _all_doubles(one: _Judge, numbers: pl.Series, places: np.ndarray) -> None:
    """A whole column of numbers that went through doubles: also those whose check digit fits by chance are wrong."""
    if numbers.len() < 20 or numbers.str.ends_with("X").any():
        return
    if (numbers.cast(pl.Int64, strict=False) % _FLOAT_STEP == 0).all():
        for at in places:
            if at not in one.faults:
                one.fault(int(at), "id_number", "证件号码" + _as_double("0" * 18))


def _born(one: _Judge) -> None:
    words = {"1": "男", "2": "女"}
    if one.has("sex"):
        for at in ((one.frame["sex"] != one.frame["said_sex"]).fill_null(False)).arg_true():
            said = words.get(one.frame["said_sex"][at], "")
            one.fault(at, "sex", f"性别与证件号码不一致，号码表示的是{said}。请核对哪一项录错。")
    else:
        one.put("sex", pl.lit(None, dtype=pl.String))
    if one.has("birth_on") and one.frame["birth_on"].dtype == pl.String:
        text = one.frame["birth_on"].str.replace_all(r"[/.年月]", "-").str.strip_chars_end("日-").str.slice(0, 10)
        days = pl.select(
            pl.coalesce(text.str.to_date("%Y-%m-%d", strict=False), text.str.to_date("%Y%m%d", strict=False))
        ).to_series()
        one.refuse(
            one.frame["birth_on"].is_not_null() & days.is_null(), "birth_on", "日期无法识别，应写成 1986-05-06 的样式。"
        )
        one.put("birth_on", days)
    if one.has("birth_on"):
        for at in ((one.frame["birth_on"] != one.frame["said_birth"]).fill_null(False)).arg_true():
            said = one.frame["said_birth"][at]
            one.fault(at, "birth_on", f"出生日期与证件号码不一致，号码表示的是{said:%Y-%m-%d}。请核对哪一项录错。")
        one.refuse(one.frame["birth_on"] > one.today, "birth_on", "出生日期在今天之后。请核对。")
    else:
        one.put("birth_on", pl.lit(None, dtype=pl.Date))
    one.frame = one.frame.with_columns(
        pl.coalesce("said_birth", "birth_on").alias("birth_on"), pl.coalesce("said_sex", "sex").alias("sex")
    ).drop("said_birth", "said_sex")
    bare = pl.col("id_type").is_in(list(RIC_DOCUMENTS))
    one.put(
        "document",
        pl.when(bare)
        .then(pl.col("id_number"))
        .otherwise(pl.concat_str(pl.col("id_type"), pl.lit(":"), pl.col("id_number"))),
    )


def _phones(one: _Judge) -> None:
    if not one.has("phone"):
        return
    column = one.frame["phone"]
    quick = column.str.contains(r"^1\d{10}$").fill_null(True)
    known: dict[int, str] = {}
    for at in (~quick).arg_true():
        kept, sentence = identity.check_phone(column[at])
        if sentence:
            one.fault(at, "phone", sentence)
        else:
            known[at] = kept
    _put_at(one, "phone", known)


def _places(one: _Judge, places: Mapping[str, int], default: int | None, unplaced: str) -> None:
    if one.has("place_code") and one.frame["place_code"].dtype == pl.String:
        column = one.frame["place_code"]
        values = column.drop_nulls().unique()
        known = {v: places[v] for v in values if v in places}
        wrong = {v: f"“{v}”{unplaced}" for v in values if v not in places}
        one.each("place_code", known, wrong, pl.Int64())
        missing = column.is_null()
    elif one.has("place_code"):
        known_codes = set(places.values())
        column = one.frame["place_code"]
        bad = column.is_not_null() & ~column.is_in(list(known_codes))
        for at in bad.arg_true():
            one.fault(at, "place_code", f"“{column[at]}”{unplaced}")
        missing = column.is_null()
    else:
        one.put("place_code", pl.lit(None, dtype=pl.Int64))
        missing = pl.Series([True] * one.frame.height, dtype=pl.Boolean)
    one.put(ANY_PLACE, missing)
    if default is None:
        one.refuse(missing, "place_code", "没有写网格或社区。请加“网格编码”一列，或在导入时把范围选到社区。")
    else:
        one.put("place_code", pl.col("place_code").fill_null(default))


def _households(one: _Judge) -> None:
    if not one.has("household"):
        return
    column = one.frame["household"]
    one.refuse(column.str.len_chars() > 20, "household", "户号最多 20 位。请核对户口簿。")
    if not one.has("relation"):
        one.put("relation", pl.lit(None, dtype=pl.String))
        return
    known: dict[str, str] = {}
    sentences: dict[str, str] = {}
    for value in one.frame["relation"].drop_nulls().unique():
        code = tables.find_code(RELATION, value)
        (known if code else sentences)[value] = (
            code or f"“{value}”不是家庭关系。请填户主、配偶、子、女等，或 GB/T 4761 的代码。"
        )
    one.each("relation", known, sentences, pl.String())
    one.refuse(
        column.is_not_null() & one.frame["relation"].is_null(), "relation", "写了户号，没有写与户主关系。请补填。"
    ) if not sentences else None


def _repeated(one: _Judge) -> set[int]:
    """Places of rows that repeat an earlier row word for word; another row with the same document is a fault."""
    document = one.frame["document"]
    again = document.is_duplicated() & document.is_not_null()
    if not again.any():
        return set()
    values = one.frame.drop(ROW)
    hashes = values.hash_rows()
    first: dict[str, int] = {}
    repeated: set[int] = set()
    for at in again.arg_true():
        before = first.setdefault(document[at], at)
        if before == at:
            continue
        if hashes[before] == hashes[at]:
            repeated.add(at)
        else:
            row = one.frame[ROW][before]
            one.fault(at, "id_number", f"与第 {row} 行的证件号码相同，内容不同。请核对后只保留一行。")
    return repeated
