"""What forms and filters offer of the land: cut to the reach, read in a handful of statements, kept until the land changes."""

from typing import Any

import pytest

from tests import make
from wangge.territory import queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


def codes(groups: queries.Groups) -> list[int]:
    return [int(code) for _, options in groups for code, _ in options]


def test_a_district_is_offered_its_streets_communities_and_cells():
    actor = make.actor("registry_clerk", place=make.SHIFENG)
    filters, form = codes(queries.place_groups(actor)), codes(queries.cell_groups(actor))
    streets = [d.pk for d in queries.children(make.SHIFENG)]
    communities = [c.pk for s in streets for c in queries.children(s)]
    assert filters == sorted(streets + communities)
    assert sorted(form) == sorted(communities + [c.pk for c in queries.cells(make.SHIFENG)])


def test_a_cell_is_offered_itself_and_the_place_a_record_holds_already():
    cell = make.cell(make.SHIFENG)
    actor = make.officer(cell)
    assert codes(queries.place_groups(actor)) == [cell.code - cell.code % 1000]
    assert codes(queries.cell_groups(actor)) == [cell.code]
    assert codes(queries.cell_groups(actor, also=cell.code)) == [cell.code]
    elsewhere = make.SHIFENG + 1_000_000
    assert codes(queries.cell_groups(actor, also=elsewhere)) == [elsewhere, cell.code]
    assert codes(queries.cell_groups(actor)) == [cell.code], "what one record holds is not offered to the next"


def test_nobodys_reach_is_offered_nothing():
    assert queries.place_groups(make.handler("430204-urban")) == []


@pytest.mark.parametrize("offer", ["place_groups", "cell_groups"])
def test_the_choices_of_a_whole_district_are_not_read_street_by_street(offer: str, django_assert_max_num_queries: Any):
    actor = make.actor("registry_clerk", place=make.SHIFENG)
    queries.name_of(make.SHIFENG)
    with django_assert_max_num_queries(5):
        getattr(queries, offer)(actor)
    with django_assert_max_num_queries(1):
        getattr(queries, offer)(actor)
