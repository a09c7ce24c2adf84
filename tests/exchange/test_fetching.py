"""Fetching from other machines: a real second database and a real interface, broken, slow, wrong and forbidden ones."""

import itertools
import json
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from tests.exchange import make, outside
from wangge.exchange import fetch, reach, services
from wangge.exchange.models import Intake, Record
from wangge.kernel import clock
from wangge.kernel.errors import Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


@pytest.fixture(autouse=True)
def near(settings, monkeypatch):
    settings.EXCHANGE_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(fetch, "WAITS", (0, 0))
    begun, ticks = clock.now(), itertools.count()
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(seconds=next(ticks)))


# ---- a table of another database -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with outside.database(tmp_path_factory.mktemp("elsewhere")) as (door, owner):
        yield SimpleNamespace(door=door, owner=owner)


@pytest.fixture
def insured(server, monkeypatch):
    """`social.insured` with ten rows; a page holds three."""
    monkeypatch.setattr(fetch, "PAGE", 3)
    server.owner.execute("drop table if exists social.insured")
    server.owner.execute(
        "create table social.insured (no int primary key, card text, 姓名 text, id_number text, born date, phone text)"
    )
    for n, p in enumerate(make.people() * 3):
        if n < 10:
            row = (n, f"S{n}", f"{p[0].name}", p[1]["id_number"] if n < 4 else None, p[0].birth_on, p[1]["phone"])
            server.owner.execute("insert into social.insured values (%s, %s, %s, %s, %s, %s)", row)
    server.owner.execute("grant select on social.insured to reader")
    yield server
    server.door.cut = 0


FIELDS: list[dict[str, Any]] = [
    {"key": "card", "title": "社保编号", "means": "key", "level": 3, "required": True},
    {"key": "name", "title": "姓名", "means": "name", "level": 3, "required": True},
    {"key": "id_number", "title": "身份证号", "means": "id_number", "level": 4},
    {"key": "born", "title": "出生日期", "kind": "date", "means": "birth_on", "level": 3},
    {"key": "phone", "title": "手机", "means": "phone", "level": 4},
]


def table(server, **given):
    config = {
        "dsn": f"postgresql://reader@127.0.0.1:{server.door.port}/postgres",
        "table": "social.insured",
        "order": "no",
    }
    return make.source(kind="table", fields=FIELDS, secret="look-only", config=config | given)


def pull(source) -> Intake:
    return services.take_in(services.begin_intake(actor=make.manager(), source_id=source.pk).pk)


def test_a_table_of_a_second_server_comes_in_page_by_page(insured):
    source = table(insured)
    assert b"look-only" not in bytes(source.sealed or b"")
    done = pull(source)
    assert (done.state, done.read, done.added, done.problem) == ("done", 10, 10, "")
    assert set(Record.objects.values_list("name", flat=True)) == {p[0] for p in make.PEOPLE}
    insured.owner.execute("update social.insured set 姓名 = '改后名' where no = 9")
    again = pull(source)
    assert (again.added, again.changed, again.same) == (0, 1, 9)


def test_what_a_whole_table_no_longer_holds_is_withdrawn_but_an_empty_one_is_doubted(insured, monkeypatch):
    source = table(insured, whole="yes")
    pull(source)
    insured.owner.execute("delete from social.insured where no > 7")
    assert pull(source).quality["withdrawn"] == 2
    assert Record.objects.filter(state="current").count() == 8
    insured.owner.execute("delete from social.insured")
    doubted = pull(source)
    assert (doubted.state, "没有撤回" in doubted.problem) == ("failed", True)
    assert Record.objects.filter(state="current").count() == 8


def test_a_line_that_breaks_half_way_goes_on_where_it_stood(insured):
    insured.owner.execute("update social.insured set phone = repeat('9', 400)")
    source = table(insured)
    insured.door.cut = 4_000
    failed = pull(source)
    assert failed.state == "failed"
    assert 0 < failed.read < 10
    assert "已取得的部分已保存" in failed.problem
    insured.door.cut = 0
    done = pull(source)
    assert (done.pk, done.state, done.read, done.added) == (failed.pk, "done", 10, 10)


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        ("alter table social.insured drop constraint insured_pkey, alter no drop not null; update social.insured set no = 2 where no = 3", "重复值"),
        ("alter table social.insured drop constraint insured_pkey, alter no drop not null; update social.insured set no = null where no = 9", "空值"),
        ("alter table social.insured drop column born", "出生日期"),
        ("alter table social.insured rename no to number", "排序列“no”"),
        ("alter table social.insured rename to moved", "没有这张表"),
        ("revoke select on social.insured from reader", "没有读取权限"),
    ],
)  # fmt: skip
def test_a_table_that_is_not_as_agreed_is_told_in_a_sentence(insured, spoil, word):
    insured.owner.execute(spoil)
    failed = pull(table(insured))
    insured.owner.execute("drop table if exists social.moved")
    assert failed.state == "failed"
    assert word in failed.problem


def test_a_wrong_password_is_told_and_no_other_is_tried(insured, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "look-only")
    source = table(insured)
    services.change_source(
        actor=make.manager(), source_id=source.pk, seen_step=source.step, changes={"secret": "guess"}
    )
    assert "口令不对" in pull(source).problem


def test_a_query_that_takes_too_long_is_given_up(insured, monkeypatch):
    monkeypatch.setattr(fetch, "SECONDS", 1)
    insured.owner.execute(
        "drop table social.insured; create view social.insured as select 1 as no, 'S' as card, '苗' || pg_sleep(5)::text as name,"
        " '' as id_number, date '1990-01-01' as born, '' as phone; grant select on social.insured to reader"
    )
    failed = pull(table(insured))
    insured.owner.execute("drop view social.insured")
    assert (failed.state, "索引" in failed.problem) == ("failed", True)


def test_a_huge_cell_is_cut_before_it_travels(insured):
    insured.owner.execute("update social.insured set phone = repeat('长', 20000000) where no = 1")
    assert pull(table(insured)).state == "done"


def test_our_own_database_is_no_source(server):
    parts = connection.get_connection_params()
    door = outside.Door(parts["host"], parts["port"])
    user, name = parts["user"], parts.get("dbname") or parts["database"]
    config = {
        "dsn": f"postgresql://{user}@127.0.0.1:{door.port}/{name}",
        "table": "public.registry_person",
        "order": "id",
    }
    source = make.source(kind="table", fields=FIELDS, secret=parts["password"], config=config)
    failed = pull(source)
    door.close()
    assert "本系统自己的数据库" in failed.problem
    assert not Record.objects.exists()


# ---- an interface ----------------------------------------------------------------------------------------------------


def rows() -> list[dict[str, str]]:
    return [make.row(p, f"S{n}") for n, p in enumerate(make.people())]


def from_interface(address: str, **given):
    source = make.source(kind="http", secret="token-1", config={"url": f"{address}/rows", "items": "data"} | given)
    return pull(source)


def as_json(found, code="utf-8") -> bytes:
    return json.dumps({"data": found}, ensure_ascii=False).encode(code)


def test_an_interface_in_gb_18030_is_read(settings):
    found = rows()
    with outside.interface(lambda asked: (200, {"Content-Type": "application/json"}, as_json(found, "gb18030"))) as at:
        done = from_interface(at)
    assert (done.state, done.added) == ("done", 4)
    assert set(Record.objects.values_list("name", flat=True)) == {p[0] for p in make.PEOPLE}


def test_the_address_of_the_next_page_is_followed_on_the_same_host_only():
    found = rows()

    def paged(asked):
        nxt = "/rows?at=2" if "at=2" not in asked.path else None
        part = found[:2] if nxt else found[2:]
        return 200, {}, json.dumps({"data": part, "next": nxt}).encode()

    with outside.interface(paged) as at:
        assert from_interface(at, next="next").added == 4
    Record.objects.all().delete()
    with outside.interface(
        lambda asked: (200, {}, json.dumps({"data": found, "next": "http://elsewhere.example/x"}).encode())
    ) as at:
        source = make.source("other", kind="http", config={"url": at, "items": "data", "next": "next"})
        assert "不在登记的主机上" in pull(source).problem


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ((401, {}, b""), "令牌不对"),
        ((404, {}, b""), "地址不存在"),
        ((500, {}, b"stack trace"), "HTTP 500"),
        ((302, {"Location": "http://169.254.169.254/latest"}, b""), "转到其他地址"),
        ((200, {}, b"<html>login</html>"), "不是 JSON"),
        ((200, {}, b"\xff\xfe\x00"), "不是 JSON"),
        ((200, {}, b"[" * 100_000), "不是 JSON"),
        ((200, {}, b'{"rows": []}'), "没有数据列表"),
        ((200, {}, b'{"data": [1, 2]}'), "没有数据列表"),
        ((200, {"Content-Length": "900"}, b'{"data": []}'), "没有应答或中断"),
    ],
)
def test_an_answer_that_is_none_is_told_in_a_sentence(answer, word):
    with outside.interface(lambda asked: answer) as at:
        failed = from_interface(at)
    assert failed.state == "failed"
    assert word in failed.problem
    assert "stack trace" not in failed.problem


def test_a_busy_interface_is_asked_again_and_the_token_goes_along():
    asked_for: list[str] = []

    def busy(asked):
        asked_for.append(asked.headers["Authorization"])
        return (503, {}, b"") if len(asked_for) < 3 else (200, {}, as_json(rows_))

    rows_ = rows()
    with outside.interface(busy) as at:
        assert from_interface(at).state == "done"
    assert asked_for == ["token-1"] * 3


def test_an_interface_that_drips_is_given_up(monkeypatch):
    monkeypatch.setattr(fetch, "PAGE_SECONDS", 0.5)

    def drips(asked):
        asked.send_response(200)
        asked.end_headers()
        try:
            for _ in range(100):
                asked.wfile.write(b" ")
                asked.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    monkeypatch.setattr(fetch, "WAITS", ())
    with outside.interface(drips) as at:
        begun = time.monotonic()
        assert "没有应答或中断" in from_interface(at).problem
        assert time.monotonic() - begun < 5


def test_an_interface_that_gives_the_same_page_for_ever_is_stopped():
    found = rows()
    with outside.interface(lambda asked: (200, {}, as_json(found))) as at:
        failed = from_interface(at, page="page")
    assert (failed.state, failed.read) == ("failed", 4)
    assert "翻页参数" in failed.problem


def test_a_page_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(fetch, "MAX_ANSWER", 1000)
    with outside.interface(lambda asked: (200, {}, b'{"data": [' + b"{}," * 1000 + b"{}]}")) as at:
        assert "32 MB" in from_interface(at).problem


def test_a_fault_of_the_program_is_shown_and_the_next_try_goes_on(monkeypatch):
    source = make.source(kind="http", config={"url": "http://127.0.0.1:9/rows"})
    begun = services.begin_intake(actor=make.manager(), source_id=source.pk)
    monkeypatch.setattr(fetch, "from_http", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.take_in(begun.pk)
    assert (begun.refresh_from_db(), begun.state, "归集程序出错" in begun.problem)[1:] == ("failed", True)


# ---- where one may not fetch from ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "db.localhost", "10.0.0.5", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::1", "fd00::1",
        "::ffff:127.0.0.1", "64:ff9b::7f00:1", "224.0.0.1", "100.64.0.1",
    ],
)  # fmt: skip
def test_the_inner_network_is_closed_unless_the_operator_opens_it(settings, host):
    settings.EXCHANGE_HOSTS = [""]
    assert "WANGGE_EXCHANGE_HOSTS" in reach.check(host)
    with pytest.raises(Refusal):
        make.source(kind="http", config={"url": f"http://[{host}]/x" if ":" in host else f"http://{host}/x"})


def test_the_operator_opens_a_name_an_address_or_a_network(settings):
    settings.EXCHANGE_HOSTS = [" 10.8.0.0/16", "social.inner "]
    assert reach.check("10.8.3.4") == ""
    assert reach.check("10.9.3.4")
    assert reach._named("social.inner")


def test_a_name_that_leads_inside_is_refused_when_it_is_called(settings, monkeypatch):
    source = make.source(kind="http", config={"url": "http://data.example/rows"})
    settings.EXCHANGE_HOSTS = []
    monkeypatch.setattr(reach.socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("10.1.2.3", 80))])
    failed = pull(source)
    assert "内部网络" in failed.problem
    assert failed.read == 0


@pytest.mark.parametrize(
    ("kind", "config", "word"),
    [
        ("table", {"dsn": "postgresql://u:secret@h/d", "table": "t", "order": "id"}, "口令"),
        ("table", {"dsn": "postgresql://u@h/d?hostaddr=127.0.0.1", "table": "t", "order": "id"}, "写作"),
        ("table", {"dsn": "postgresql://u@h/d?sslkey=/etc/shadow", "table": "t", "order": "id"}, "写作"),
        ("table", {"dsn": "postgresql://u@%2Ftmp/d", "table": "t", "order": "id"}, "主机"),
        ("table", {"dsn": "postgresql://u@a,b/d", "table": "t", "order": "id"}, "主机"),
        ("table", {"dsn": "postgresql://u@h:x/d", "table": "t", "order": "id"}, "端口"),
        ("table", {"dsn": "postgresql://u@h/d", "table": "t; drop table x", "order": "id"}, "表名"),
        ("table", {"dsn": "mysql://u@h/d", "table": "t", "order": "id"}, "postgresql"),
        ("http", {"url": "file:///etc/passwd"}, "http"),
        ("http", {"url": "http://u:p@data.example/"}, "http"),
        ("http", {"url": "http://data.example:99999/"}, "http"),
        ("http", {"url": "http://data.example/姓名"}, "编码"),
        ("http", {"url": "http://[bad/"}, "http"),
        ("http", {"url": "http://data.example/", "header": "X: y\r\nZ"}, "请求头"),
    ],
)
def test_where_to_fetch_is_checked(kind, config, word):
    with pytest.raises(Refusal) as refused:
        make.source(kind=kind, config=config)
    assert word in refused.value.sentence


def test_another_address_is_begun_anew_and_never_gets_the_old_cursor():
    found = rows()
    source = make.source(kind="http", config={"url": "http://127.0.0.1:9/rows"})
    first = pull(source)
    assert first.state == "failed"
    Intake.objects.filter(pk=first.pk).update(cursor="http://127.0.0.1:9/rows?at=2")
    with outside.interface(lambda asked: (200, {}, as_json(found))) as at:
        changes = {"config": {"url": f"{at}/rows", "items": "data"}}
        services.change_source(actor=make.manager(), source_id=source.pk, seen_step=source.step, changes=changes)
        again = pull(source)
        assert (again.pk != first.pk, again.added) == (True, 4)
        assert "地址已修改" in services.take_in(first.pk).problem


def test_a_token_that_no_header_can_carry_is_refused():
    with pytest.raises(Refusal) as refused:
        make.source(kind="http", secret="令牌\n", config={"url": "http://data.example/"})
    assert refused.value.field == "secret"
