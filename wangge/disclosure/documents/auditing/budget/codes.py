"""Classification codes: their branch, and whether the year knows them."""

from wangge.disclosure.documents.auditing import trees
from wangge.disclosure.documents.auditing.budget.balance import FORM
from wangge.disclosure.documents.auditing.classification import FUNCTIONAL
from wangge.disclosure.documents.auditing.engine import Checker, rule
from wangge.disclosure.documents.model import Table


def spaced(code: str) -> str:
    """`2080208` as 类 款 项: `208 02 08`."""
    return " ".join((code[:3], *(code[i : i + 2] for i in range(3, len(code), 2))))


@rule("B12", source=FORM, formula="款、项的编码以其上级的编码开头，且列在其下")
def branch_of_code(check: Checker) -> None:
    for table in check.tables(*(k for k in FUNCTIONAL if k[0] == "T")):
        codes_in_their_branch(check, table)


def codes_in_their_branch(check: Checker, table: Table) -> None:
    """Flags rows whose printed code contradicts their branch, and rows whose parent is not there."""
    for branch in trees.branches(table):
        wrong = {id(node) for node in branch.misfiled}
        for node in branch.nodes:
            if id(node) not in wrong:
                check.passed()
                continue
            parent = node.parent.row if node.parent else None
            check.flag(
                node.row.place,
                table=table,
                where=f"{node.row.label}",
                printed=f"{spaced(node.row.code)} {node.row.label}",
                expected=f"{spaced(node.code)} {node.row.label}",
                difference=f"类 {node.row.code[:3]}≠{node.code[:3]}"
                if node.row.code[:3] != node.code[:3]
                else f"{spaced(node.row.code)}≠{spaced(node.code)}",
                explanation=f"该行列在 {parent.code} {parent.label} 之下，其下级编码也以 {node.code} 开头，印出的编码与所在分支矛盾。"
                if parent
                else f"其下级编码以 {node.code} 开头，印出的编码与之矛盾。",
                linked=("B26",),
                places=[n.row.place for n in (node.parent, *node.children) if n],
            )
        for node in branch.orphans:
            check.flag(
                node.row.place,
                table=table,
                where=f"{node.row.code} {node.row.label}",
                printed=f"{node.row.code} {node.row.label}",
                expected=f"上级 {node.code[:-2]}",
                severity="suspicious",
                origin="either",
                explanation="表中没有这一科目的上级科目行。",
            )
