"""One wrong number in a right document: the audit names the cell (the bench tries more documents and more changes)."""

from pathlib import Path

import pytest

from wangge.disclosure.documents.reading import read, understand
from wangge.disclosure.tests.make_mutations import try_changes
from wangge.disclosure.tests.make_sets import accounts, budget

SEEDS = Path(__file__).resolve().parents[4] / "shared" / "seeds"


@pytest.mark.parametrize("made", [budget, accounts])
def test_every_changed_amount_of_a_clean_set_is_named(made):
    outcome = try_changes(made(), 60, seed=11)
    assert outcome.changes == 60
    assert outcome.share >= 0.95, outcome.examples
    assert outcome.marked >= 0.8 * outcome.named, "the changed cell is mostly the one that is marked"


@pytest.mark.parametrize("name", ["000", "001", "003", "004"])
def test_changed_amounts_of_published_documents_are_named(name):
    found = sorted(SEEDS.glob(f"{name}_*.txt"))
    if not found:
        pytest.skip("the published documents are not beside the project")
    outcome = try_changes(understand(read(found[0].read_bytes(), found[0].name)), 30, seed=11)
    assert outcome.share >= 0.9, outcome.examples
