"""Published documents, as they are: every shape of the result can be made, and each finding leads to its mark."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from wangge.config.cli import main
from wangge.disclosure import terms
from wangge.disclosure.documents.model import Report
from wangge.disclosure.documents.report import html, marks, packed, view

SHARED = Path(__file__).resolve().parents[3] / "shared"
SEEDS = sorted((SHARED / "seeds").glob("*.txt"))
PDF = sorted((SHARED / "data" / "documents").glob("*wanli*.pdf"))
pytestmark = pytest.mark.skipif(
    not SEEDS, reason="The published documents are not beside the project (../shared/seeds)"
)


@pytest.fixture(scope="module", params=[*SEEDS, *PDF], ids=lambda p: p.stem[:12])
def report(request: pytest.FixtureRequest) -> Report:
    return terms.audit_bytes(request.param.read_bytes(), request.param.name)


def test_the_contract_can_be_printed_and_its_numbers_are_what_is_printed(report):
    told = json.loads(json.dumps(terms.as_json(report)))
    assert told["tables"]
    assert told["checks"]["run"] == sum(told["checks"][k] for k in ("passed", "rounding", "failed"))
    cells = [c for t in told["tables"] for r in t["rows"] for c in r["cells"].values() if c["number"] is not None]
    assert len(cells) > 10
    for cell in cells:
        digits = "".join(c for c in cell["text"] if c.isdigit())
        shown = "".join(c for c in format(cell["number"], ".10f").rstrip("0") if c.isdigit())
        assert shown.strip("0") == digits.strip("0") or not cell["number"] or digits.startswith(shown.rstrip("0")), cell


def test_each_finding_with_a_place_has_its_mark_and_no_two_marks_share_an_id(report):
    made = marks.of(report.findings)
    text = view.document(report.document.source, made)
    lost = view.unplaced(report.document.source, made)
    for mark in made:
        assert (f'id="m{mark.number}"' in text) == (mark.number not in lost)
        assert mark.number not in lost or not any(p.line or p.table for p in mark.places)
    page = html.page(report)
    assert page.count('<li class="finding"') == len(made)
    assert page.count("<script>") == 1


def test_the_other_shapes_and_the_kept_source_are_made_without_a_loss(report):
    assert packed.unpack(packed.pack(report.document.source)) == report.document.source
    assert terms.as_xlsx(report).startswith(b"PK")
    for finding in report.findings:
        assert finding.rule in terms.as_table(report)
        break


def test_the_command_on_the_folder_ranks_all_of_them():
    done = CliRunner().invoke(main, ["audit", str(SHARED / "seeds"), "--format", "json"])
    told = json.loads(done.stdout)
    assert len(told) == len(SEEDS)
    errors = [sum(f["severity"] == "error" for f in one["findings"]) for one in told]
    assert errors == sorted(errors, reverse=True)
    assert done.exit_code == 1
