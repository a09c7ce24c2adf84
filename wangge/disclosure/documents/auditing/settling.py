"""From broken relations to findings: one cause, one finding.

A wrong cell breaks every relation it takes part in, by the same amount: the sum of its row and of its column, and each
copy in another table. So the cell that alone explains most broken relations is named first, with what it should be;
then the next, until nothing is left. Relations that break on most rows of a table tell that we read the table wrong:
they are given back as gaps instead of findings.
"""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from decimal import Decimal

from wangge.disclosure.documents.auditing.engine import Checker
from wangge.disclosure.documents.auditing.registry import order_of
from wangge.disclosure.documents.auditing.terms import Relation, Term, name_of, plain
from wangge.disclosure.documents.auditing.tolerance import rounded
from wangge.disclosure.documents.model import Finding, Gap, Place, Severity

RANK: dict[str, int] = {"rounding": 0, "suspicious": 1, "error": 2}
MOST_PLACES = 60


@dataclass(slots=True)
class Cause:
    """A cell that is off by `error` 万元, and the relations that say so."""

    term: Term
    error: Decimal
    relations: list[Relation]
    passes: int


def settle(checker: Checker) -> list[Finding]:
    """All findings of a run, in the order of the document. Adds gaps for what was misunderstood."""
    relations = _understood(checker)
    for relation in relations:
        checker.checks.count(relation.rule.id, relation.outcome)
    groups = _merged(_causes(relations))
    findings = [_told(checker, group) for group in groups]
    named = {cause.term.key: i for i, group in enumerate(groups) for cause in group}
    for finding, terms in checker.ratios:
        at = next((named[t.key] for t in terms if t.key in named), None)
        if at is not None and finding.severity != "rounding" and findings[at].severity != "rounding":
            findings[at] = _linked(findings[at], finding)
        else:
            findings.append(finding)
    suspects = {f.places[0]: i for i, f in enumerate(findings) if f.severity != "rounding" and i < len(groups)}
    for flag in checker.flags:
        at = next((suspects[p] for p in flag.places if p in suspects), None) if len(flag.places) > 1 else None
        if at is not None and flag.severity != "rounding":
            findings[at] = _linked(findings[at], flag)  # what follows from a cell that is named already
        else:
            findings.append(flag)
    return sorted(_unique(findings), key=_in_order)


def _understood(checker: Checker) -> list[Relation]:
    """Relations without those whose family, or whose table, breaks more often than it holds."""
    families: dict[str, list[Relation]] = defaultdict(list)
    for relation in checker.relations:
        families[relation.family].append(relation)
        tables = {t.table.id for t in relation.terms if t.table}
        if len(tables) == 1:
            families[f"table {tables.pop()}"].append(relation)
    wrong: set[str] = set()
    for family, members in families.items():
        telling = [r for r in members if not r.trivial and not r.bound]
        broken = [r for r in telling if r.outcome == "failed"]
        # One or two wrong cells may break many sums; what needs more of them was not understood.
        if 2 * len(broken) > len(telling) and len(broken) >= 3 and len(_causes(broken)) >= 3:
            wrong.add(family)
            left = broken[0].left
            table = left.table
            checker.gaps.append(
                Gap(
                    what=f"{name_of(table)}的勾稽关系" if table else members[0].rule.id,
                    why=f"{len(telling)} 处关系中有 {len(broken)} 处不成立，多半是表的结构未读懂，不作为差错报告",
                    place=table.place if table else left.place,
                )
            )
    lost = {family.removeprefix("table ") for family in wrong if family.startswith("table ")}
    return [
        r for r in checker.relations if r.family not in wrong and not lost & {t.table.id for t in r.terms if t.table}
    ]


def _causes(relations: list[Relation]) -> list[Cause]:
    passes: dict[Hashable, int] = defaultdict(int)
    open_: list[Relation] = []
    for relation in relations:
        if relation.outcome != "passed":
            open_.append(relation)
        elif not relation.trivial and not relation.bound:
            for term in relation.terms:
                passes[term.key] += 1
    causes: list[Cause] = []
    for bound in (False, True):
        left = [r for r in open_ if r.bound is bound]
        if bound:  # what a named cell explains needs no second finding
            for cause in causes:
                said = [r for r in left if any(t.key == cause.term.key for t in r.terms)]
                cause.relations.extend(said)
                left = [r for r in left if r not in said]
        while left:
            cause = _best(left, passes)
            causes.append(cause)
            left = [r for r in left if r not in cause.relations]
    return causes


def _best(relations: list[Relation], passes: dict[Hashable, int]) -> Cause:
    """The cell that alone explains most of these relations; then the one that fewer relations speak for; then a total."""
    seen: dict[Hashable, list[tuple[Relation, Term, Decimal]]] = defaultdict(list)
    for relation in relations:
        for term in (t for t in relation.terms if not t.document):
            seen[term.key].append((relation, term, relation.error_of(term)))
    best: tuple[tuple[int, bool, int, int, int], Cause] | None = None
    for key, votes in seen.items():
        for _, term, error in votes:
            together = [r for r, _, e in votes if _alike(e, error, term.unit)]
            lefts = sum(r.left.key == key for r in together)
            rounding = all(r.outcome == "rounding" for r in together)
            # A blank or a zero is believed wrong only when more relations say so than of any other cell.
            totals = sum(r.left.key == key for r in together if r.sum) if rounding else 0
            score = (len(together), bool(term.amount), totals, -passes[key], lefts)
            if best is None or score > best[0]:
                best = score, Cause(term, error, together, passes[key])
    assert best is not None
    return best[1]


def _alike(a: Decimal, b: Decimal, unit: Decimal) -> bool:
    """The same error; a large one may look different by the rounding of the other terms."""
    return a == b or (min(abs(a), abs(b)) > 10 * unit and abs(a - b) <= 2 * unit)


def _merged(causes: list[Cause]) -> list[list[Cause]]:
    """Causes that are one: the same wrong number printed in several places, or carried up to the parents of its column."""
    groups: list[list[Cause]] = []
    for cause in causes:
        home = next((g for g in groups if any(_one(cause, other) for other in g)), None)
        if home:
            home.append(cause)
        else:
            groups.append([cause])
    return groups


def _one(a: Cause, b: Cause) -> bool:
    if a.error != b.error:
        return False
    if a.term.amount and a.term.amount == b.term.amount:
        return True
    one, two = a.term.row, b.term.row
    if not (one and two and a.term.table is b.term.table and a.term.column == b.term.column):
        return False
    return bool(one.code and two.code) and (one.code.startswith(two.code) or two.code.startswith(one.code))


def _told(checker: Checker, group: list[Cause]) -> Finding:
    group = sorted(group, key=_leads)
    relations = sorted({id(r): r for c in group for r in c.relations}.values(), key=lambda r: r.rule.order)
    severity = max(("rounding" if r.outcome == "rounding" else r.severity for r in relations), key=RANK.__getitem__)
    weighty = [r for r in relations if ("rounding" if r.outcome == "rounding" else r.severity) == severity]
    first = next((r for r in weighty if r in group[0].relations), weighty[0])
    damaged = [t.table for r in relations for t in r.terms if t.table and t.table.damage]
    origin = "either" if damaged or severity == "suspicious" else "issuer"
    if severity == "error" and (
        (group[0].term.table and group[0].term.table.damage)
        or all(any(t.table and t.table.damage for t in r.terms) for r in relations)
    ):
        severity = "suspicious"
    checker.rule = first.rule
    top = group[0]
    expected = [_expected(c) for c in group]
    others = tuple(dict.fromkeys(r.rule.id for r in relations if r.rule.id != first.rule.id))
    notes = [r.note for r in relations if r.note]
    explanation = "；".join(dict.fromkeys(notes)) or _explained(top, relations, severity)
    finding = checker.finding(
        top.term,
        printed=" / ".join(dict.fromkeys(c.term.show() for c in group)),
        expected=" / ".join(dict.fromkeys(expected)),
        difference=_signed(top.error / top.term.scale),
        formula="；".join(dict.fromkeys(r.shown() for r in relations[:4])),
        severity=severity,  # type: ignore[arg-type]
        confidence=_confidence(severity, relations, top.passes),
        places=_places(group, relations),
        explanation=explanation,
        origin=origin,
        linked=others,
    )
    return finding


def _leads(cause: Cause) -> tuple[int, tuple[int, int, str]]:
    """The cause to tell first: of errors the one that most relations name, of roundings the first of the catalogue."""
    rounding = all(r.outcome == "rounding" for r in cause.relations)
    return (0 if rounding else -len(cause.relations)), min(r.rule.order for r in cause.relations)


def _expected(cause: Cause) -> str:
    term = cause.term
    relation = cause.relations[0]
    if relation.bound and len(cause.relations) == 1:
        return (
            f"不大于 {relation.right[0][1].show()}"
            if relation.left.key == term.key
            else f"不小于 {relation.left.show()}"
        )
    number = (term.amount - cause.error) / term.scale
    digits = max(term.coarse, -int(number.normalize().as_tuple().exponent))
    return format(rounded(number, digits), "f")


def _explained(cause: Cause, relations: list[Relation], severity: str) -> str:
    if severity == "rounding":
        return "尾差：差额在各数四舍五入的范围内，只作提示。"
    amount, hint = plain(abs(cause.error)), _slip(cause.term.amount, cause.term.amount - cause.error)
    if len(relations) == 1:
        return f"勾稽关系不成立，相差 {amount} 万元。{hint}"
    return f"{len(relations)} 处勾稽关系因此不成立，差额均为 {amount} 万元；改正这一处即可全部相符。{hint}"


def _slip(printed: Decimal, expected: Decimal) -> str:
    """How the wrong number may have come from the right one."""
    if not printed or not expected:
        return ""
    if printed / expected in (Decimal(10) ** n for n in (-8, -4, -3, -2, -1, 1, 2, 3, 4, 8)):
        return "两数相差整十倍，疑为小数点或金额单位有误。"
    a, b = (sorted(plain(n).replace(".", "").strip("0")) for n in (printed, expected))
    return "两数的数字相同、次序不同，疑为数字换位。" if a == b else ""


def _confidence(severity: str, relations: list[Relation], passes: int) -> float:
    if severity == "rounding":
        return 0.95
    ground = 0.85 if severity == "error" else 0.5
    return round(min(0.98, ground + 0.04 * (len(relations) - 1) - (0.05 if passes > len(relations) else 0)), 2)


def _places(group: list[Cause], relations: list[Relation]) -> tuple[Place, ...]:
    """The suspected cells first, then every other cell that takes part."""
    places = [c.term.place for c in group] + [t.place for r in relations for t in r.terms if _counts(r, t)]
    return tuple(dict.fromkeys(places))[:MOST_PLACES]


def _counts(relation: Relation, term: Term) -> bool:
    """Zeros of a long sum are left out; in a short one a zero may be what is wrong."""
    printed = term.amount or term is relation.left or (term.number is not None and len(relation.terms) <= 8)
    return bool(printed) and not term.document


def _signed(number: Decimal) -> str:
    return f"{'+' if number > 0 else ''}{plain(number)}"


def _linked(finding: Finding, other: Finding) -> Finding:
    rules = tuple(dict.fromkeys((*finding.linked, other.rule)))
    places = tuple(dict.fromkeys((*finding.places, *other.places)))[:MOST_PLACES]
    return replace(finding, linked=tuple(r for r in rules if r != finding.rule), places=places)


def _unique(findings: list[Finding]) -> list[Finding]:
    """What a rule says in the same words of several places is one finding with all of them."""
    said: dict[tuple[str, ...], Finding] = {}
    for finding in findings:
        alone = "" if finding.printed or finding.expected else str(finding.places[0])
        key = (finding.rule, finding.severity, finding.printed, finding.expected, alone)
        first = said.get(key)
        if first is None:
            said[key] = finding
        elif finding.places[0] not in first.places:
            places = tuple(dict.fromkeys((first.places[0], finding.places[0], *first.places, *finding.places)))
            where = f"{first.where}；{finding.where}" if first.where.count("；") < 5 else first.where
            said[key] = replace(first, places=places[:MOST_PLACES], where=where)
    return list(said.values())


def _in_order(finding: Finding) -> tuple[int, str, int, int, int, int, int, tuple[int, int, str]]:
    severity: Severity = finding.severity
    place = finding.places[0]
    return (
        -RANK[severity],
        place.sheet,
        place.page,
        place.line,
        place.table,
        place.row,
        place.column,
        order_of(finding.rule),
    )
