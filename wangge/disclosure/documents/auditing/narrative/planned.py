"""What a budget says line by line of its general money, beside the table that prints the same lines (T11)."""

import re

from wangge.disclosure.documents import words
from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.auditing.narrative.amounts import _HEAD, row_of_item
from wangge.disclosure.documents.auditing.narrative.phrases import passages, term
from wangge.disclosure.documents.auditing.tolerance import IDENTITY, SUM
from wangge.disclosure.documents.model import Table

_SOURCE = "部门预算公开说明口径：一般公共预算当年拨款具体使用情况与表一致"


@rule("N01", source=_SOURCE, formula="某项预算数 = 一般公共预算支出表该科目合计", tolerance=IDENTITY)
def lines_of_sentences(check: Checker) -> None:
    """`X（类）Y（款）Z（项）2023年预算数为1万元`: only the amount right behind the name is certainly the line's."""
    _each(check, differences=False)


@rule("N03", source=_SOURCE, formula="某项比上年增减额 = 预算数 − 表中上年数", tolerance=SUM)
def differences_of_sentences(check: Checker) -> None:
    """`…，比2022年执行数增加1万元`, where the table prints that column."""
    _each(check, differences=True)


def _each(check: Checker, *, differences: bool) -> None:
    table, year = check.one("T11"), check.document.year
    if check.document.kind != "budget" or table is None:
        return
    planned = re.compile(rf"[。，：]?(?:{year}年度?)?(?:当年)?(?:年初)?(?:支出)?预算(?:数|安排|拨款)?[为是]?")
    moved = re.compile(rf"(?:元)?，比(?:上年|{year - 1}年)度?(?P<what>执行数|预算数|决算数)(?P<way>增加|减少)了?")
    for passage in passages(check.document):
        if not passage.under("一般公共预算") or passage.under("名词"):
            continue
        cuts = list(_HEAD.finditer(passage.text))
        ends = [*(m.start() for m in cuts[1:]), len(passage.text)] if cuts else []
        for head, end in zip(cuts, ends, strict=True):
            found = passage.amounts(head.end(), end)
            row = row_of_item(table, (head["lei"], head["kuan"], head["xiang"]))
            if row is None or not found or not planned.fullmatch(passage.text[head.end() : found[0].start]):
                continue
            now = check.cell(table, row, words.TOTAL)
            if not differences:
                check.same(now, term(passage, found[0]))
                continue
            if len(found) < 2 or not (said := moved.fullmatch(passage.text[found[0].end : found[1].start])):
                continue
            if last := check.cell(table, row, _last_year(table, year, said["what"])):
                way = 1 if said["way"] == "增加" else -1
                check.signed(term(passage, found[1]), [(way, now), (-way, last)])


def _last_year(table: Table, year: int, what: str) -> str:
    """The column of last year's figures of that kind."""
    names = (f"上年{what}", f"{year - 1}年{what}", f"{year - 1}年度{what}")
    return next((column.key for column in table.columns if column.key in names), "")
