"""Documents made by construction in the layouts of other provinces: read whole, audited clean, each slip told.

`WANGGE_VARIANTS` sets how many seeds are tried (4 when not set).
"""

import os

import pytest

from wangge.disclosure.tests.variants.paper import FORMATS
from wangge.disclosure.tests.variants.trial import Told, audited, changes, compared, loud, made

SEEDS = range(1, 1 + int(os.environ.get("WANGGE_VARIANTS", "4")))
# A table printed without its total row is told: that is so in some layouts.
EXPLAINED = {"T07"}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", ["budget", "accounts"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_clean_document_is_read_whole_and_nothing_is_told_of_it(kind: str, form: str, seed: int) -> None:
    paper = made(kind, seed)
    document, findings = audited(paper, form)
    cells = compared(paper, document)
    assert cells.right > 100
    assert cells.lost == []
    assert cells.wrong == []
    assert [f for f in loud(findings) if f.rule not in EXPLAINED] == []


@pytest.mark.parametrize("kind", ["budget", "accounts"])
def test_a_changed_number_is_told_with_its_place(kind: str) -> None:
    told = Told()
    for seed in SEEDS:
        told.add(changes(made(kind, seed), 8, seed))
    share = (told.table_told + told.sentence_told) / (told.table + told.sentence)
    assert share >= 0.85, told.missed
