"""Keyset pages: every row once, both ways, with empty values and equal keys, while rows come and go."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wangge.kernel.errors import Refusal
from wangge.kernel.models import StoredFile
from wangge.kernel.paging import count_capped, page

pytestmark = pytest.mark.django_db
START = datetime(2026, 5, 6, tzinfo=UTC)


@pytest.fixture
def rows():
    """23 rows: 3 without a time, the others three to a moment."""
    return StoredFile.objects.bulk_create(
        StoredFile(
            sha256=f"{n:064x}",
            size=n + 1,
            media_type="image/jpeg",
            original_name=str(n),
            taken_at=None if n % 8 == 7 or n == 22 else START + timedelta(microseconds=n // 3),
        )
        for n in range(23)
    )


ORDERS = [(("id",), False), (("id",), True), (("size", "id"), False), (("size", "id"), True)] + [
    (("taken_at", "id"), desc) for desc in (False, True)
]


@pytest.mark.parametrize(("order", "desc"), ORDERS)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 22, 23, 24])
def test_walking_there_and_back_meets_every_row_once_in_the_order_of_the_database(rows, order, desc, size):
    qs = StoredFile.objects.all()
    whole = list(qs.order_by(*(f"-{k}" if desc else k for k in order)).values_list("pk", flat=True))
    seen, pages, cursor = [], [], None
    while True:
        found = page(qs, order=order, after=cursor, size=size, desc=desc)
        pages.append([r.pk for r in found])
        seen += pages[-1]
        if found.next_cursor is None:
            break
        cursor = found.next_cursor
    assert seen == whole
    assert page(qs, order=order, size=size, desc=desc).prev_cursor is None
    for expected in reversed(pages[:-1]):
        found = page(qs, order=order, after=found.prev_cursor, size=size, desc=desc)
        assert [r.pk for r in found] == expected
        assert found.next_cursor is not None
    assert found.prev_cursor is None


def test_a_row_that_arrives_or_leaves_meanwhile_shifts_nothing(rows):
    qs = StoredFile.objects.all()
    first = page(qs, order=("size", "id"), size=5)
    StoredFile.objects.filter(pk__in=[first.rows[0].pk, first.rows[4].pk]).delete()
    second = page(qs, order=("size", "id"), size=5, after=first.next_cursor)
    assert [r.size for r in second] == [6, 7, 8, 9, 10]


def test_values_rows_page_too(rows):
    first = page(StoredFile.objects.values("id", "taken_at"), order=("taken_at", "id"), size=4)
    assert (
        len(page(StoredFile.objects.values("id", "taken_at"), order=("taken_at", "id"), after=first.next_cursor)) == 19
    )


def test_an_empty_list_has_no_cursors():
    found = page(StoredFile.objects.all())
    assert (found.rows, found.next_cursor, found.prev_cursor) == ([], None, None)


@pytest.mark.parametrize(
    "spoil", [lambda c: c[:-1] + ("x" if c[-1] != "x" else "y"), lambda c: "zz", lambda c: c.upper(), lambda c: ":"]
)
def test_a_spoilt_cursor_is_refused(rows, spoil):
    cursor = page(StoredFile.objects.all(), size=2).next_cursor
    with pytest.raises(Refusal) as refused:
        page(StoredFile.objects.all(), after=spoil(cursor), size=2)
    assert refused.value.code == "bad_cursor"


def test_a_cursor_of_another_order_is_refused(rows):
    cursor = page(StoredFile.objects.all(), size=2).next_cursor
    for other in ({"order": ("size", "id")}, {"desc": True}):
        with pytest.raises(Refusal):
            page(StoredFile.objects.all(), after=cursor, **other)


@pytest.mark.parametrize("size", [0, 501, -1])
def test_a_page_has_between_1_and_500_rows(size):
    with pytest.raises(Refusal):
        page(StoredFile.objects.all(), size=size)


def test_a_page_costs_one_query_and_carries_the_bound_an_index_is_searched_by(rows):
    cursor = page(StoredFile.objects.all(), order=("size", "id"), size=3).next_cursor
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page(StoredFile.objects.all(), order=("size", "id"), after=cursor, size=3)
    assert len(queries) == 1
    assert '"size" >= 3 AND' in queries[0]["sql"]


@pytest.mark.parametrize(("cap", "text"), [(500, "23"), (23, "23"), (22, "22+"), (5, "5+")])
def test_counts_stop_at_the_cap(rows, cap, text):
    assert count_capped(StoredFile.objects.order_by("size"), cap) == text
