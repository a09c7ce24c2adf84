"""A whole set in its printed order: cover, contents, explanation, tables, performance forms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from wangge.disclosure.documents.filling import Block, Books, Filled, Heading, Paper, Text, fill
from wangge.disclosure.documents.filling.performance import evaluations, targets
from wangge.disclosure.documents.forms import accounts_forms, budget_forms
from wangge.disclosure.documents.forms.budget import CARRYOVER, INITIAL
from wangge.disclosure.documents.narrative import accounts, budget
from wangge.disclosure.documents.narrative.writer import numeral
from wangge.finance.terms import GoalForm, SelfEvaluation

CARRIED = INITIAL & CARRYOVER
KINDS = {
    "budget": "部门预算",
    "accounts": "部门决算",
    "targets": "绩效目标",
    "self-evaluation": "绩效自评",
}


@dataclass(frozen=True)
class Given:
    """All a set is made from."""

    books: Books
    goals: Sequence[GoalForm] = field(default_factory=tuple)
    evaluations: Sequence[SelfEvaluation] = field(default_factory=tuple)


def paper(kind: str, given: Given) -> Paper:
    """The set of a kind of `KINDS`."""
    return PAPERS[kind](given)


def _made(kind: str, given: Given, title: tuple[str, ...], blocks: Sequence[Block]) -> Paper:
    books = given.books
    return Paper(kind, books.unit_code, books.unit_name, books.year, title, blocks)


def _contents(blocks: Sequence[Block], tables: Callable[[Filled], str]) -> list[Block]:
    """目录: the headings as they stand in the text, and the tables."""
    lines: list[Block] = [Heading(1, "目录")]
    for block in blocks:
        if isinstance(block, Heading):
            lines.append(Text(block.text))
        elif isinstance(block, Filled) and (words := tables(block)):
            lines.append(Text(words))
    return lines


def _budget(given: Given) -> Paper:
    books = given.books
    blocks: list[Block] = list(budget.explanation(books))
    blocks.append(Heading(1, "第二部分 部门预算公开表格", new_page=True))
    blocks += [_noted(fill(form, books), books) for form in budget_forms(books.year)]
    forms = targets(given.goals, books)
    if forms:
        blocks.append(Heading(1, "第三部分 绩效目标申报表格", new_page=True))
        blocks += forms
    contents = _contents(blocks, lambda t: f"{t.number}：{t.title}")
    return _made("budget", given, (books.unit_name, f"{books.year}年部门预算"), contents + blocks)


def _noted(table: Filled, books: Books) -> Filled:
    """表1 says that nothing was carried over only when that is so; 表9 says what project money pays of it."""
    if table.kind == "T1" and books.pick(CARRIED):
        return replace(table, notes=())
    if table.kind == "T9":
        return replace(table, notes=table.notes + budget.split_note(books))
    return table


def _accounts(given: Given) -> Paper:
    books, forms = given.books, list(given.evaluations)
    blocks: list[Block] = list(accounts.overview(books))
    blocks.append(Heading(1, f"第二部分 {books.year}年度部门决算表", new_page=True))
    blocks += [fill(form, books, "部门：") for form in accounts_forms(books.year)]
    blocks += accounts.explanation(books, forms)
    blocks += accounts.glossary()
    if forms:
        blocks += accounts.report(books, forms)
        blocks += evaluations(forms, books)
    numbers = {f.kind: numeral(n) for n, f in enumerate(accounts_forms(books.year), 1)}

    def listed(table: Filled) -> str:
        return f"{numbers[table.kind]}、{table.title}" if table.kind in numbers else f"{table.number}：{table.title}"

    contents = _contents(blocks, listed)
    return _made("accounts", given, (f"{books.year}年度", books.unit_name, "部门决算"), contents + blocks)


def _targets(given: Given) -> Paper:
    books = given.books
    forms = targets(given.goals, books)
    return _made("targets", given, (books.unit_name, f"{books.year}年绩效目标"), forms)


def _self_evaluation(given: Given) -> Paper:
    books = given.books
    forms = evaluations(given.evaluations, books)
    return _made("self-evaluation", given, (books.unit_name, f"{books.year}年度绩效自评"), forms)


PAPERS: dict[str, Callable[[Given], Paper]] = {
    "budget": _budget,
    "accounts": _accounts,
    "targets": _targets,
    "self-evaluation": _self_evaluation,
}
