"""The audit log is append-only, chained, and tells where it was touched."""

import pytest
from django.db import DatabaseError, connection, transaction

from wangge.kernel import audit
from wangge.kernel.actor import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.DATA = tmp_path


def _force(sql: str) -> None:
    """Do what only somebody with the owner's rights could: past the trigger."""
    with connection.cursor() as cursor:
        for table in ("auditentry", "auditseal"):
            cursor.execute(f"alter table kernel_{table} disable trigger append_only")
        cursor.execute(sql)
        for table in ("auditentry", "auditseal"):
            cursor.execute(f"alter table kernel_{table} enable trigger append_only")


def _three() -> None:
    for n in (1, 2, 3):
        audit.record(SYSTEM, "tests.happened", "thing", n, detail=f"第{n}次")


def test_an_untouched_log_verifies_and_says_how_many_rows_it_holds():
    _three()
    ok, sentence = audit.verify()
    assert ok
    assert "3 条" in sentence


def test_rows_are_neither_changed_nor_deleted():
    _three()
    for sql in ("update kernel_auditentry set actor_name = '他人'", "delete from kernel_auditentry"):
        with pytest.raises(DatabaseError, match="append_only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("update kernel_auditentry set actor_name = '他人' where subject = '2'", "不符"),
        ("update kernel_auditentry set data = '{}' where subject = '2'", "不符"),
        ("delete from kernel_auditentry where subject = '2'", "已被删除"),
        ("delete from kernel_auditseal where entry_id = (select min(entry_id) + 1 from kernel_auditseal)", "不符"),
        (
            "delete from kernel_auditseal where entry_id = (select max(id) from kernel_auditentry);"
            " delete from kernel_auditentry where subject = '3'",
            "截去",
        ),
    ],
)
def test_every_way_of_touching_a_sealed_row_shows(sql: str, says: str):
    _three()
    assert audit.verify()[0]
    _force(sql)
    ok, sentence = audit.verify()
    assert not ok
    assert says in sentence


def test_rows_written_after_a_seal_join_the_chain():
    _three()
    assert audit.seal() == 3
    _three()
    assert audit.seal() == 3
    assert audit.verify()[0]
