"""The engine of the audit: what a rule is, and what a rule can say about a document.

How to write a rule. A rule is a small function; it asks the `Checker` for tables, cells and figures, and tells it which
relation should hold. Tolerance, counting, severity, place, quote and the formula with its numbers are the engine's work.
Several functions may carry one id when the catalogue names several relations under it.

    @rule("B10", source="《部门支出总表》填列口径", formula="总计 = Σ 资金来源列", tolerance=SUM)
    def sources_of_each_row(check: Checker) -> None:
        for table in check.tables("T3", "T4"):
            for row in table.rows:
                check.sum_of(check.cell(table, row, TOTAL), check.cells(table, row, [GENERAL, FUND]))

    @rule("N02", source="…", formula="占比 = 部分 ÷ 所称总体", tolerance=PERCENT)
    def shares(check: Checker) -> None:
        check.percent(check.figure(share), [(1, check.figure(part))], [(1, check.figure(whole))])

    @rule("P19", source="…", formula="百分比目标值在 0～100 之间", severity="suspicious")
    def percentages(check: Checker) -> None:
        check.judge(value <= 100, value.place, printed="≥100%", expected="≤100%", explanation="满意率以 100% 为上限。")

A relation with a missing term (None) is not applicable and is not counted; words where a number should stand, too. What
`same`, `sum_of`, `signed`, `at_most` find is not reported at once: when all rules have run, `settling` asks which one
cell explains most of the broken relations and reports that cell once, with the others linked (one cause, one finding).
`percent`, `judge` and `flag` report what they see; a percentage whose part is already named is linked to it.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from wangge.disclosure.documents.auditing import tolerance
from wangge.disclosure.documents.auditing.quotes import Quotes
from wangge.disclosure.documents.auditing.registry import RULES, Rule, rule
from wangge.disclosure.documents.auditing.terms import (
    Relation,
    Term,
    cell_term,
    figure_term,
    name_of,
    plain,
    scale_of,
)
from wangge.disclosure.documents.model import (
    Checks,
    Document,
    Figure,
    Finding,
    Gap,
    Place,
    Row,
    Severity,
    Table,
    Value,
)

__all__ = ["RULES", "Checker", "Rule", "Term", "rule"]

Signed = Sequence[tuple[int, Term | None]]


class Checker:
    """What a rule sees and says. One per document; `rule` is the rule that is running."""

    def __init__(self, document: Document, others: Sequence[Document] = (), name: str = "") -> None:
        self.document, self.others, self.name = document, tuple(others), name
        self.checks = Checks()
        self.relations: list[Relation] = []
        self.ratios: list[tuple[Finding, tuple[Term, ...]]] = []
        self.flags: list[Finding] = []
        self.gaps: list[Gap] = []
        self.quotes = Quotes(document)
        self._coarse: dict[Decimal, int] = {}
        self.rule: Rule

    def run(self, rule: Rule) -> None:
        """Runs one rule. A rule that stumbles over a document must not cost the report: it becomes a gap."""
        self.rule = rule
        try:
            rule.check(self)
        except Exception as error:
            why = f"规则 {rule.id} 未能执行（{type(error).__name__}）"
            self.gaps.append(Gap(what=rule.formula, why=why, place=Place()))

    # What a rule sees

    def beside(self, other: Document) -> "Checker":
        """The cells and figures of another document, as terms that are never the one to mark."""
        kind = {"budget": "预算", "accounts": "决算", "targets": "绩效目标", "self_evaluation": "绩效自评"}[other.kind]
        return Checker(other, name=f"{other.year}年{kind}")

    def tables(self, *kinds: str) -> list[Table]:
        """Tables of these kinds that carry a number, in the order of the document."""
        return [t for t in self.document.tables if t.kind in kinds and not t.empty]

    def one(self, kind: str) -> Table | None:
        """The only table of that kind that carries a number: relations across tables need a certain pair."""
        found = self.tables(kind)
        return found[0] if len(found) == 1 else None

    def scale(self, table: Table | None) -> Decimal:
        return scale_of(table.unit if table else "", self.document.money_unit)

    def coarse(self, scale: Decimal) -> int:
        """How many decimals the tables of this money unit print where no zero was cut off, at most two."""
        if scale not in self._coarse:
            digits = [
                value.digits
                for table in self.document.tables
                if self.scale(table) == scale
                for row in table.rows
                for value in row.values.values()
                if value.number is not None
            ]
            self._coarse[scale] = min(2, max(digits, default=2))
        return self._coarse[scale]

    def cell(self, table: Table, row: Row | None, column: str) -> Term | None:
        """The cell, or None when the table has no such row or column (a blank cell is a term)."""
        if row is None or (value := row.values.get(column)) is None:
            return None
        scale = self.scale(table)
        return cell_term(table, row, column, value, scale, self.coarse(scale), self.name)

    def cells(self, table: Table, row: Row | None, columns: Iterable[str]) -> list[Term]:
        return [term for column in columns if (term := self.cell(table, row, column))]

    def at(self, table: Table | None, key: str, column: str, section: str = "") -> Term | None:
        """The cell of the first row of that key or code."""
        return self.cell(table, table.row(key, section), column) if table else None

    def figure(self, figure: Figure) -> Term:
        """A number of a sentence, in its own unit (money without a unit is in the unit of the document)."""
        money = figure.role in ("amount", "change")
        scale = scale_of(figure.unit, self.document.money_unit) if money else Decimal(1)
        return figure_term(figure, scale, self.name)

    # What a rule says

    def same(self, a: Term | None, b: Term | None, *, note: str = "", severity: Severity | None = None) -> bool:
        """The same figure printed twice. Compared at the coarser of the two precisions. True when nothing is broken."""
        if a is None or b is None or a.unknown or b.unknown:
            return True
        unit = max(a.unit, b.unit)
        difference = a.amount - b.amount
        if a.unit != b.unit and abs(difference) <= unit / 2:
            difference = Decimal(0)
        outcome = tolerance.of_identity(difference, unit)
        if difference and (a.blank or b.blank):
            severity = "suspicious"
        return self._settle(Relation(self.rule, "", a, [(1, b)], difference, outcome, severity or "", note, sum=False))

    def sum_of(
        self, total: Term | None, parts: Iterable[Term | None], *, note: str = "", severity: Severity | None = None
    ) -> bool:
        """A printed total and its parts; parts that the table does not have count nothing."""
        return self.signed(total, [(1, part) for part in parts], note=note, severity=severity)

    def signed(self, total: Term | None, parts: Signed, *, note: str = "", severity: Severity | None = None) -> bool:
        """`total` = Σ sign × part. Not judged without a part, or when words stand in a cell."""
        known = [(sign, part) for sign, part in parts if part is not None]
        if total is None or not known or total.unknown or any(part.unknown for _, part in known):
            return True
        if len(known) == 1 and known[0][0] == 1:
            return self.same(total, known[0][1], note=note, severity=severity)
        difference = total.amount - sum((sign * part.amount for sign, part in known), Decimal(0))
        unit = max(term.unit for term in (total, *(p for _, p in known if p.number is not None)))
        counted = sum(1 for _, part in known if part.amount)
        outcome = tolerance.of_sum(difference, max(counted, 1), unit)
        if difference and (total.blank or not counted):
            severity = "suspicious"  # a total or its parts may have been lost on the way
        return self._settle(Relation(self.rule, "", total, known, difference, outcome, severity or "", note))

    def at_most(
        self, part: Term | None, whole: Term | None, *, note: str = "", severity: Severity | None = None
    ) -> bool:
        """A part may not exceed its whole."""
        if part is None or whole is None or part.unknown or whole.unknown or whole.blank:
            return True
        difference = max(Decimal(0), part.amount - whole.amount)
        unit = max(part.unit, whole.unit)
        outcome = tolerance.of_identity(difference, unit)
        relation = Relation(self.rule, "", part, [(1, whole)], difference, outcome, severity or "", note, sum=False)
        relation.bound = True
        return self._settle(relation)

    def percent(
        self, printed: Term | None, part: Signed, whole: Signed, *, note: str = "", severity: Severity | None = None
    ) -> bool:
        """`printed` (in %) = Σ part ÷ Σ whole. Not applicable when the whole is zero or anything is missing."""
        terms = [term for _, term in (*part, *whole)]
        if printed is None or printed.number is None or any(t is None or t.number is None for t in terms):
            return True

        def around(signed: Signed) -> tuple[Decimal, Decimal]:
            known = [(sign, t) for sign, t in signed if t is not None]
            middle = sum((sign * t.amount for sign, t in known), Decimal(0))
            return middle, sum((t.slack for _, t in known), Decimal(0))

        (a, da), (b, db) = around(part), around(whole)
        if not b:
            return True
        exact = a / b * 100
        edges = [(a + x) / (b + y) * 100 for x in (-da, da) for y in (-db, db) if b + y]
        outcome = tolerance.of_percent(printed.number, printed.digits, min(edges), max(edges), exact)
        self.checks.count(self.rule.id, outcome)
        if outcome != "passed":
            expected = tolerance.rounded(exact, printed.digits)
            known = tuple(t for _, t in (*part, *whole) if t is not None)

            def words(signed: Signed) -> str:
                text = "".join(f"{' + ' if s > 0 else ' − '}{t.show()}" for s, t in signed if t)
                return text.removeprefix(" + ") if len(signed) == 1 else f"({text.removeprefix(' + ')})"

            finding = self.finding(
                printed,
                expected=f"{expected}%",
                difference=f"{printed.number - expected:+}个百分点",
                formula=f"{words(part)} ÷ {words(whole)} = {expected}%，印为 {printed.number}%",
                severity="rounding" if outcome == "rounding" else severity,
                places=tuple(t.place for t in known),
                explanation=note or f"按 {self.rule.formula} 重算不符。",
            )
            self.ratios.append((finding, known))
        return outcome == "passed"

    def product(self, total: Term | None, quantity: Term | None, price: Term | None, *, note: str = "") -> bool:
        """`total` = quantity × rounded unit price."""
        if total is None or quantity is None or price is None:
            return True
        if total.number is None or quantity.number is None or price.number is None:
            return True
        expected = quantity.amount * price.amount
        difference = total.amount - expected
        slack = abs(quantity.amount) * tolerance.place_value(price.digits) * price.scale / 2 + total.slack
        outcome: tolerance.Outcome = "passed" if not difference else "rounding"
        if abs(difference) > slack:
            outcome = "failed"
        self.checks.count(self.rule.id, outcome)
        if difference:
            finding = self.finding(
                total,
                expected=plain(expected / total.scale),
                difference=f"{plain(difference / total.scale)}",
                formula=f"{quantity.show()} × {price.show()} = {plain(expected / total.scale)}，印为 {total.show()}",
                severity="rounding" if outcome == "rounding" else None,
                places=(quantity.place, price.place),
                explanation=note
                or ("单价四舍五入所致尾差。" if outcome == "rounding" else "数量与单价之积不等于金额。"),
            )
            self.ratios.append((finding, (quantity, price)))
        return not difference

    def judge(self, fine: bool, place: Place | Term | Value, **words: object) -> bool:
        """Counts a check that is no arithmetic, and flags it with `words` (see `flag`) when it is not fine."""
        if fine:
            self.passed()
        else:
            self.flag(place, **words)  # type: ignore[arg-type]
        return fine

    def passed(self, times: int = 1) -> None:
        for _ in range(times):
            self.checks.count(self.rule.id, "passed")

    def flag(self, place: Place | Term | Value, **words: object) -> None:
        """Reports something at once. Words are those of `finding`."""
        self.checks.count(self.rule.id, "rounding" if words.get("severity") == "rounding" else "failed")
        self.flags.append(self.finding(place, **words))  # type: ignore[arg-type]

    def finding(
        self,
        at: Place | Term | Value,
        *,
        printed: str = "",
        expected: str = "",
        difference: str = "",
        formula: str = "",
        quote: str = "",
        explanation: str = "",
        where: str = "",
        table: Table | None = None,
        severity: Severity | None = None,
        confidence: float | None = None,
        places: Sequence[Place] = (),
        origin: str = "issuer",
        linked: Sequence[str] = (),
    ) -> Finding:
        """A finding of the running rule; what is not said is taken from the place and the rule."""
        place = at if isinstance(at, Place) else at.place
        severity = severity or self.rule.severity
        if isinstance(at, Term):
            table, quote = table or at.table, quote or at.quote
            printed = printed or at.show()
            where = where or at.name
        elif isinstance(at, Value):
            printed = printed or at.text
        if table and name_of(table) not in where:
            where = f"{name_of(table)} {where}"
        where = f"{where.strip()}（{place}）" if where.strip() else str(place)
        return Finding(
            rule=self.rule.id,
            severity=severity,
            confidence=confidence if confidence is not None else {"error": 0.9, "rounding": 0.95}.get(severity, 0.6),
            where=where,
            places=tuple(dict.fromkeys((place, *places))),
            printed=printed,
            expected=expected,
            difference=difference,
            formula=formula or self.rule.formula,
            quote=quote or self.quotes.of(place),
            explanation=explanation,
            origin=origin,  # type: ignore[arg-type]
            table=table.id if table else "",
            linked=tuple(linked),
        )

    def _settle(self, relation: Relation) -> bool:
        relation.severity = relation.severity or self.rule.severity
        tables = sorted({t.table.id for t in relation.terms if t.table})
        relation.family = f"{self.rule.id} {self.rule.check.__name__} {' '.join(tables)}"
        self.relations.append(relation)
        return relation.outcome == "passed"
