"""N07, N23: lists of subjects that must be whole, and blocks that must be there."""

import re

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.phrases import passages
from wangge.disclosure.documents.model import Place

_SHORT = {
    "社保": ("30108", "30110", "30112"),
    "社会保险": ("30108", "30110", "30112"),
    "养老保险": ("30108",),
    "医疗保险": ("30110",),
    "公积金": ("30113",),
    "职业年金": ("30109",),
    "年金": ("30109",),
}


@rule(
    "N07",
    source="部门决算公开说明口径：“主要包括”所列科目与06表有数的科目一致",
    formula="所列科目 = 06表金额不为零的科目",
    severity="suspicious",
)
def listed_subjects(check: Checker) -> None:
    table = check.one("F06")
    if table is None:
        return
    for passage in passages(check.document):
        if not passage.under("基本支出决算"):
            continue
        for m in re.finditer(
            r"(?P<what>人员经费|公用经费)\d[\d.,]*万元[^。；]*?(?:主要)?包括：?(?P<list>[^。；：]*)", passage.text
        ):
            codes = ("301", "303") if m["what"] == "人员经费" else ("302", "307", "310", "399")
            rows = {
                r.code: re.sub(r"[^\w]", "", r.label)
                for r in table.coded()
                if len(r.code) == 5 and r.code[:3] in codes and any(v.amount for v in r.values.values())
            }
            names = [re.sub(r"[^\w]|等$", "", n) for n in m["list"].split("、") if n]
            extra = [n for n in names if not (_covered(n, rows))]
            missing = [label for code, label in rows.items() if not any(code in _covered(n, rows) for n in names)]
            if not names or len(extra) > 3 or "等" in m["list"][-3:]:
                continue
            check.judge(
                not extra and not missing,
                passage.place(m.start("list")),
                where=m["what"],
                printed=m["list"][:120],
                expected="；".join(
                    part
                    for part in (
                        f"应补列：{'、'.join(missing)}" if missing else "",
                        f"06表无数：{'、'.join(extra)}" if extra else "",
                    )
                    if part
                ),
                quote=passage.quote(m.start(), m.end()),
                explanation="“主要包括”所列科目与06表有数的科目不一致。",
            )


def _covered(name: str, rows: dict[str, str]) -> set[str]:
    """The codes that a listed name means; labels of a narrow column are cut short."""
    short = {c for c in _SHORT.get(name, ()) if c in rows}
    return short or {
        c
        for c, label in rows.items()
        if label == name or (len(label) >= 5 and name.startswith(label)) or label.startswith(name)
    }


_BLOCKS = {
    "机关运行经费": r"机关运行经费|行政经费",
    "政府采购": r"政府采购",
    "国有资产占用": r"国有资产|车辆",
    "预算绩效": r"绩效",
    "“三公”经费": r"三公",
}


@rule(
    "N23",
    source="预算法第十四条；预算法实施条例第六条",
    formula="说明应含机关运行经费、政府采购、国有资产、绩效、“三公”经费",
    severity="suspicious",
)
def blocks_complete(check: Checker) -> None:
    if check.document.kind not in ("budget", "accounts") or len(check.document.sentences) < 20:
        return
    told = "".join(p.text for p in passages(check.document) if not p.under("名词解释"))
    told += "".join(h.text for h in check.document.headings)
    missing = [name for name, words in _BLOCKS.items() if not re.search(words, told)]
    first: Place = check.document.sentences[0].place
    check.judge(
        not missing,
        first,
        where="情况说明",
        printed="缺：" + "、".join(missing),
        expected="说明" + "、".join(missing),
        explanation="情况说明缺少依法应公开的内容。",
    )
