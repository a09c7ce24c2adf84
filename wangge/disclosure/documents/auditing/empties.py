"""A25: a table without figures is published empty, with a note that says why."""

import re

from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.phrases import plain
from wangge.disclosure.documents.model import Grid, Table
from wangge.disclosure.documents.words import TABLE_KINDS

_EMPTY = ("T15", "T16", "T18", "F07", "F08", "F09")
_NOTE = r"无(?:此|相关|该|本|以上)?(?:项|数据|内容|收支|收入|支出)|没有[^。；]{0,40}(?:收入|支出|预算|数据|安排|收支)|为空表|(?:空白|空)表(?:格)?(?:，|均|为|表示|是)|不涉及|无[^。；]{0,30}(?:预算|拨款|收支|安排|支出)|本表无数"
_OF = {
    "T15": r"政府性基金",
    "T16": r"专户",
    "T18": r"国有资本",
    "F07": r"三公",
    "F08": r"政府性基金",
    "F09": r"国有资本",
}


@rule(
    "A25",
    source="财预〔2016〕143号《地方预决算公开操作规程》：没有数据的表格应当列出空表并说明",
    formula="空表 ⇒ 表后或说明中有“本表无数据”一类的文字",
    severity="suspicious",
)
def empty_tables_are_explained(check: Checker) -> None:
    told = [plain(b.text) for b in check.document.source.blocks if not isinstance(b, Grid)] + [
        plain(s.text) for s in check.document.sentences
    ]
    everywhere = any(re.search(r"空白?表格?[^。]{0,20}(?:不涉及|没有|无|表示)|(?:空表|空白表)", text) for text in told)
    for table in check.document.tables:
        if table.kind not in _EMPTY or not table.empty or table.damage:
            continue
        explained = everywhere or _noted(table) or any(_says(text, table.kind) for text in told)
        check.judge(
            explained,
            table.place,
            where=TABLE_KINDS[table.kind],
            table=table,
            printed="空表，无说明",
            expected="在空表下注明没有该项收支，故本表无数据",
            quote=table.title,
            explanation="空表没有说明原因。",
        )


def _noted(table: Table) -> bool:
    return any(re.search(_NOTE, plain(note.text)) for note in table.notes)


def _says(text: str, kind: str) -> bool:
    return bool(re.search(_OF[kind], text) and re.search(_NOTE, text))
