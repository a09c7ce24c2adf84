"""The five published documents: their figures go into the books through the services, and the documents come back out of
them, cell by cell but for the known errors, and pass our own audit in every format."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from wangge.config import cli_disclose
from wangge.config.cli import main
from wangge.demo.books import figures, loading
from wangge.disclosure.documents.model import Document, Table, Value
from wangge.disclosure.documents.reading import read, understand
from wangge.disclosure.services import sets
from wangge.disclosure.terms import audit_bytes
from wangge.finance import queries
from wangge.finance.terms import Stage
from wangge.identity import services as identity
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.territory import services as territory

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"
DOCUMENTS = {
    "shifeng-grid-2020": ("000", "204001", 2020, "budget"),
    "shifeng-grid-2022": ("001", "204001", 2022, "accounts"),
    "jinglong-2021": ("002", "204105", 2021, "targets"),
    "hetang-grid-2020": ("003", "202001", 2020, "accounts"),
    "government-office-2020": ("004", "204002", 2020, "budget"),
}
# What our own audit still says of the generated documents: questions about facts of the year, none of them an error.
QUESTIONS: dict[str, set[str]] = {
    "hetang-grid-2020": {"N10", "N17"},  # 委托业务费 180.61 of basic spending was bought without procurement
    "government-office-2020": {"B19"},  # 0.34 and 8.70 are paid from project money, as the note below 表9 says
    "shifeng-grid-2022": {
        "N09",
        "P24",
    },  # six visits without reception money; a service delivered and paid a year later
}
# True 尾差 of the historic figures: sums of rounded amounts that cannot agree to the cent.
ROUNDING = {"shifeng-grid-2020", "hetang-grid-2020", "jinglong-2021", "government-office-2020"}
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loaded(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    """The five documents in the books, for all tests of this module; taken back at the end."""
    from django.db import transaction

    with django_db_blocker.unblock(), scope.system(), transaction.atomic():
        territory.load_divisions(actor=SYSTEM)
        identity.load_departments(actor=SYSTEM)
        assert loading.load(lambda line: None) == len(DOCUMENTS)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def system() -> Iterator[None]:
    with scope.system():
        yield


def seed(number: str) -> Document:
    found = list(SEEDS.glob(f"{number}_*.txt")) if SEEDS.is_dir() else []
    if not found:
        pytest.skip("the published documents are absent: put ../shared beside the project")
    return understand(read(found[0].read_bytes(), found[0].name))


def errors(name: str) -> dict[tuple[str, str, str], dict[str, str]]:
    rows = yaml.safe_load((figures.DATA / "printed_errors.yaml").read_text("utf-8"))
    return {(r["table"], r["row"], r["column"]): r for r in rows if r["document"] == name}


def test_loading_twice_changes_nothing(loaded: None, system: None) -> None:
    said: list[str] = []
    before = queries.payments(SYSTEM, "204001", 2022)
    assert loading.load(said.append) == 0
    assert all("已在系统中" in line for line in said)
    assert queries.payments(SYSTEM, "204001", 2022) == before


@pytest.mark.parametrize(
    ("unit", "year", "initial", "added", "spent"),
    [
        ("204001", 2020, "4073660.00", "0.00", "0.00"),
        ("204001", 2022, "17601000.00", "471700.00", "16817000.00"),
        ("202001", 2020, "961800.00", "3607151.00", "4355501.00"),
        ("204002", 2020, "5089253.00", "0.00", "0.00"),
    ],
)
def test_books_balance(loaded: None, system: None, unit: str, year: int, initial: str, added: str, spent: str) -> None:
    lines = queries.lines(SYSTEM, unit, year, Stage.INITIAL)
    adjusted = queries.lines(SYSTEM, unit, year, Stage.ADJUSTED)
    total = sum((r.amount for r in lines), Decimal(0))
    assert total == Decimal(initial)
    assert sum((r.amount for r in adjusted), Decimal(0)) - total == Decimal(added)
    assert sum((r.amount for r in queries.payments(SYSTEM, unit, year)), Decimal(0)) == Decimal(spent)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_printed_cell_comes_back_but_known_errors(loaded: None, system: None, name: str) -> None:
    number, unit, year, kind = DOCUMENTS[name]
    theirs = seed(number)
    ours = understand(read(sets.render_set(SYSTEM, unit, year, kind, "docx"), f"{name}.docx"))
    known, seen, used, wrong = errors(name), set(), set(), []
    for table in theirs.tables:
        mine = _same(table, ours)
        assert mine is not None, f"{table.id} {table.title} is missing"
        for where, printed, held in _cells(table, mine):
            seen.add(where)
            if _agrees(printed, held):
                continue
            listed = known.get(where)
            if listed and printed.text.replace(" ", "") == listed["printed"] and _says(held, listed["held"]):
                used.add(where)
                continue
            wrong.append(f"{where}: printed {printed.text!r}, ours {held.text if held else None!r}")
    assert wrong == []
    assert len(seen) >= 25
    assert used == set(known) & seen, "a cell listed as an error is right"


def _same(table: Table, ours: Document) -> Table | None:
    """Our table of the same kind; of several forms the one for the same project or direction."""
    kind = ours.of(table.kind)
    if len(kind) <= 1:
        return kind[0] if kind else None

    def named(one: Table) -> str:
        value = next((one.fields[k] for k in ("专项名称", "所属专项", "支出方向") if k in one.fields), None)
        return value.text.replace("\n", "") if value else ""

    return next((one for one in kind if named(one) == named(table)), None)


def _cells(theirs: Table, mine: Table) -> Iterator[tuple[tuple[str, str, str], Value, Value | None]]:
    """Every printed number with ours. Rows of indicators are told by their second level and order, because the names of
    indicators are ours where the published ones were no names."""
    for name, value in theirs.fields.items():
        if value.number is not None:
            row, _, column = name.partition("/")
            yield (mine.id, row, column or "值"), value, mine.fields.get(name)
    ours: dict[str, list[Any]] = defaultdict(list)
    for row in mine.rows:
        if row.section == "指标":
            ours[row["二级指标"].text].append(row)
    for row in theirs.rows:
        if row.section == "指标":
            of = ours[row["二级指标"].text]
            held = of.pop(0) if of else None
            key = row["二级指标"].text
        else:
            alike = [r for r in mine.rows if (r.key, r.code) == (row.key, row.code)]
            # Lines below a special fund stand under its name, which is ours.
            held = next((r for r in alike if r.section == row.section or mine.kind == "G2"), None)
            key = row.code or row.key
        for column, value in row.values.items():
            if value.number is not None:
                yield (mine.id, key, column), value, held.values.get(column) if held else None


def _agrees(printed: Value, held: Value | None) -> bool:
    """Equal at the printed precision; a printed nought may be blank."""
    assert printed.number is not None
    if held is None or held.number is None:
        return printed.number == 0 or (held is not None and printed.text.strip() in held.text)
    return round(held.number, printed.digits) == printed.number


def _says(held: Value | None, listed: str) -> bool:
    return (held.text.strip() if held else "") in (listed, *listed.split("、"))


@pytest.mark.parametrize("format", ["pdf", "docx", "xlsx"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_generated_documents_pass_our_own_audit(loaded: None, system: None, name: str, format: str) -> None:
    _, unit, year, kind = DOCUMENTS[name]
    report = audit_bytes(sets.render_set(SYSTEM, unit, year, kind, format), f"{name}.{format}")
    document = report.document
    assert (document.unit, document.year) == (queries.unit(SYSTEM, unit).name, year)
    assert document.cells_read == document.cells_seen > 70
    assert document.gaps == []
    found = {(f.severity, f.rule) for f in report.findings if f.severity != "rounding"}
    assert found == {("suspicious", rule) for rule in QUESTIONS.get(name, set())}
    assert any(f.severity == "rounding" for f in report.findings) == (name in ROUNDING)
    assert report.checks.total()["run"] > 80


def test_a_printed_figure_opens_to_its_rows(loaded: None, system: None) -> None:
    paper = sets.paper(SYSTEM, "204001", 2022, "accounts")
    lines = {r.ids for r in queries.payments(SYSTEM, "204001", 2022)}
    checked = 0
    for table in paper.tables:
        for cell in table.cells():
            if cell.look == "figure" and cell.yuan and table.kind in ("F03", "F05", "F06"):
                assert sum(getattr(r, "amount", Decimal(0)) for r in cell.rows) == cell.yuan, (table.id, cell.row)
                assert all(getattr(r, "ids", ()) in lines for r in cell.rows)
                checked += 1
    assert checked > 50
    total = paper.table("F01")
    assert total is not None
    cell = total.cell("支出/本年支出合计", "金额")
    assert cell is not None
    assert (cell.text, cell.yuan) == ("1681.70", Decimal("16817000.00"))


def test_the_command_line_writes_the_set(
    loaded: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: None
) -> None:
    cli_disclose.disclose("204001", 2020, "budget", "xlsx", tmp_path)
    written = list(tmp_path.iterdir())
    assert [p.name for p in written] == ["204001-2020-部门预算.xlsx"]
    assert written[0].read_bytes().startswith(b"PK")


def test_the_command_line_knows_its_choices() -> None:
    runner = CliRunner()
    asked = ["disclose", "--unit", "204001", "--year", "2020", "--kind", "diary", "--out", "x"]
    refused = runner.invoke(main, asked)
    assert refused.exit_code == 2
    assert "budget" in refused.output
