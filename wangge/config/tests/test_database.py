"""`DATABASE_URL`, in every form that a real installation has."""

from pathlib import Path

import pytest

from wangge.config import database


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://w:p@h:5433/d", {"user": "w", "password": "p", "host": "h", "port": "5433", "dbname": "d"}),
        ("postgres://w:p%40%3A%2F%3F%23%25@h/d", {"password": "p@:/?#%", "host": "h"}),
        ("postgresql://%E7%BD%91:%E6%A0%BC@h/%E5%BA%93", {"user": "网", "password": "格", "dbname": "库"}),
        ("postgresql://w:p@%2Fvar%2Frun%2Fpg/d", {"host": "/var/run/pg"}),
        ("postgresql://w@/d?host=/var/run/pg&port=5544", {"host": "/var/run/pg", "port": "5544"}),
        ("postgresql://w:p@[::1]:5432/d", {"host": "::1"}),
        ("postgresql://w@a:1,b:2/d?target_session_attrs=read-write", {"host": "a,b", "port": "1,2"}),
        ("postgresql://w@h/d?sslmode=require&connect_timeout=3", {"sslmode": "require", "connect_timeout": "3"}),
    ],
)
def test_an_address_is_read_as_libpq_reads_it(url, expected):
    assert database.parse(url).items() >= expected.items()


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("mysql://w:p@h/d", "postgresql://"),
        ("postgresql://w:p%zz@h/d", "百分号"),
        ("postgresql://w:p@h", "数据库名"),
        ("postgresql://h/d", "用户名"),
    ],
)
def test_an_address_that_cannot_be_used_says_what_is_wrong(url, word):
    with pytest.raises(database.BadAddress, match=word):
        database.parse(url)


def test_the_django_entry_keeps_options_of_the_address_and_fails_closed(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://w@h/d?sslmode=require&options=-c%20lock_timeout%3D5s")
    monkeypatch.setenv("WANGGE_POOL", "7")
    entry = database.settings(Path("nowhere"))
    assert (entry["NAME"], entry["USER"], entry["HOST"], entry["PORT"]) == ("d", "w", "h", "")
    assert entry["OPTIONS"]["sslmode"] == "require"
    assert entry["OPTIONS"]["pool"]["max_size"] == 7
    assert "-c app.lo=1 -c app.hi=0" in entry["OPTIONS"]["options"]
    assert entry["OPTIONS"]["options"].endswith("-c lock_timeout=5s"), "what the address says comes last and counts"


def test_a_server_of_others_is_not_asked_to_compile_what_takes_milliseconds(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://w@h/d")
    assert "-c jit=off" in database.settings(Path("nowhere"))["OPTIONS"]["options"]
