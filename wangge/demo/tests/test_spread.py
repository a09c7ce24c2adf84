"""The year of the demonstration: its totals, its order, its shape, always the same."""

import itertools

import numpy as np
import pytest
import shapely
from shapely.geometry import box

from wangge.demo import spread
from wangge.events.tests.test_catalogue_data import load

CELLS = [
    box(113 + i % 20 * 0.01, 27 + i // 20 * 0.01, 113.01 + i % 20 * 0.01, 27.01 + i // 20 * 0.01) for i in range(60)
]


def year(factor: float = 1, seed: int = 2022) -> spread.Events:
    total, closed = spread.size(factor)
    return spread.events(year=2022, total=total, closed=closed, cells=CELLS, seed=seed, catalogue=load())


def test_the_published_totals() -> None:
    made = year()
    merged = made.state == spread.STATES.index("merged")
    counted = ~merged
    closed = made.state == spread.STATES.index("closed")
    assert counted.sum() == 18_469
    assert closed.sum() == (made.closed_at > 0).sum() == 18_434
    assert f"{closed.sum() / counted.sum():.2%}" == "99.81%"
    assert {spread.STATES[s] for s in made.state} == set(spread.STATES)


@pytest.mark.parametrize("factor", [0.1, 1, 3, 10, 100])
def test_every_size_prints_the_same_share(factor: float) -> None:
    total, closed = spread.size(factor)
    assert f"{closed / total:.2%}" == ("99.78%" if factor == 0.1 else "99.81%")


def test_the_steps_are_in_order_and_within_the_year() -> None:
    made = year()
    steps = np.stack([made.seen_at, made.reported_at, made.accepted_at, made.dispatched_at, made.signed_at,
                      made.finished_at, made.verified_at, made.closed_at])  # fmt: skip
    for a, b in itertools.pairwise(steps):
        assert ((b >= a) | (b == -1)).all()
        assert (b[a == -1] == -1).all()
    assert steps.max() < 1_672_502_400  # 2023-01-01 00:00 in China
    assert made.seen_at.min() >= 1_640_966_400
    assert (np.diff(made.seen_at) >= 0).all()


def test_points_lie_in_their_cells_and_merged_ones_follow_a_closed_one() -> None:
    made = year(0.2)
    assert all(shapely.contains_xy(CELLS[c], x, y) for c, x, y in zip(made.cell, made.lng, made.lat, strict=True))
    merged = np.flatnonzero(made.original >= 0)
    first = made.original[merged]
    assert len(merged) > 10
    assert (made.closed_at[first] > 0).all()
    assert (made.cell[first] == made.cell[merged]).all()
    assert (made.category[first] == made.category[merged]).all()


def test_the_same_seed_makes_the_same_year() -> None:
    assert year(0.1).digest() == year(0.1).digest() != year(0.1, seed=1).digest()


def test_officers_report_most_and_only_they_solve_on_the_spot() -> None:
    made = year()
    assert (made.source == 0).mean() > 0.6
    assert (made.source[made.path == 0] == 0).all()
    assert 0.15 < (made.path == 0).mean() < 0.4
    hours = np.bincount((made.seen_at + 28_800) // 3_600 % 24, minlength=24)
    assert hours[10] > hours[12] > hours[3]


def test_more_closed_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError):
        spread.events(year=2022, total=5, closed=6, cells=CELLS, seed=1, catalogue=load())
