"""Fetching rows where they lie: a file that was sent, a table of another database, an HTTP interface. One page at a time.

A page carries the cursor of what follows, so that whoever keeps it may stop and go on. Nothing here writes.
"""

import hashlib
import http.client
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import msgspec
import psycopg
from django.db import connection as own
from psycopg import conninfo, sql

from wangge.exchange import reach
from wangge.exchange.rules.quality import MAX_TEXT, Field
from wangge.kernel import tables
from wangge.kernel.errors import Refusal

PAGE = 5_000
MAX_ANSWER = 32 * 1024 * 1024
# One answer of an interface or one query of a database; a page in all, however slowly it drips; waits before another try.
SECONDS, PAGE_SECONDS, WAITS = 30, 120, (1, 4)
AGAIN = (429, 502, 503, 504)
_WRITTEN = re.compile(r"https?://[!-~]+")
CONFIG: dict[str, tuple[str, ...]] = {
    "file": (),
    "push": (),
    "table": ("dsn", "table", "order", "whole"),
    "http": ("url", "items", "page", "size", "next", "header", "whole"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """`rows`: (number in its origin, values by field key or title). `cursor`: where to go on; "" after the last page."""

    rows: list[tuple[int, dict[str, Any]]]
    cursor: str


def check_config(kind: str, config: Mapping[str, str]) -> str:
    """The sentence of what is missing or not allowed in where to fetch, or ""."""
    if kind == "table":
        return _check_table(config)
    if kind == "http":
        host = _host(config["url"])
        if not host:
            return "接口地址应以 http:// 或 https:// 开头，汉字写成 %E5%85 一类的编码，地址里不写账号和口令。"
        if not re.fullmatch(r"[A-Za-z0-9-]*", config["header"]):
            return "请求头的名称由字母、数字和短横组成，例如 X-Token。"
        return reach.check(host)
    return ""


def _check_table(config: Mapping[str, str]) -> str:
    try:
        parts = conninfo.conninfo_to_dict(config["dsn"])
    except psycopg.ProgrammingError:
        parts = {}
    # Another parameter could name another machine, a socket of this one or a file of keys.
    known = {"user", "host", "port", "dbname", "sslmode"} >= parts.keys() and parts.keys() >= {"user", "host", "dbname"}
    if not known or not re.match(r"postgres(ql)?://", config["dsn"]):
        return "数据库地址写作 postgresql://用户名@主机:端口/库名，口令请填在“口令或令牌”中，不写在地址里。"
    if sentence := reach.check(str(parts["host"])):
        return sentence
    if not str(parts.get("port", "5432")).isdecimal():
        return "数据库的端口应为一个数字，例如 5432。"
    if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)?", config["table"]):
        return "表名应为“表”或“模式.表”，由文字、字母、数字和下划线组成。"
    if not re.fullmatch(r"[^\W\d]\w*", config["order"]):
        return "请填写排序列：一个不重复、不变的列，例如主键。"
    return ""


def _host(address: str) -> str:
    """The host of an address without an account; "" when it is none."""
    try:
        parts = urlsplit(address)
        whole = _WRITTEN.fullmatch(address) and "@" not in parts.netloc and _port(parts)
    except ValueError:
        return ""
    return parts.hostname or "" if whole else ""


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def from_table(data: bytes, name: str, fields: Sequence[Field], cursor: str) -> Iterator[Page]:
    """Pages of an XLSX or CSV; columns are found by title, key, in any order. Faults of form come as rows to be judged."""
    read = tables.read(data, name, [tables.Column(f.key, f.title, aliases=(f.key,)) for f in fields])
    yield from _cut([(n, dict(v)) for n, v in read.rows], cursor)


def from_json(data: bytes, cursor: str) -> Iterator[Page]:
    """Pages of a JSON list of objects."""
    rows = msgspec.json.decode(data)
    yield from _cut([(n, row) for n, row in enumerate(rows, 1)], cursor)


def _cut(rows: list[tuple[int, dict[str, Any]]], cursor: str) -> Iterator[Page]:
    at = int(cursor or 0)
    while at < len(rows):
        upto = at + PAGE
        yield Page(rows[at:upto], str(upto) if upto < len(rows) else "")
        at = upto


def from_database(
    config: Mapping[str, str], secret: str, fields: Sequence[Field], cursor: str, done: int = 0
) -> Iterator[Page]:
    """Pages of a PostgreSQL table in the order of its key, each a query of its own: however large the table, one page is held.

    `done`: rows read before. Columns are found by the key of a field or by its title. Values come as text, cut to what is kept.
    """
    place = sql.Identifier(*config["table"].split("."))
    order = sql.Identifier(config["order"])
    try:
        with _connected(config["dsn"], secret) as there:
            columns = _columns(there, place, config, fields)
            _no_empty_keys(there, place, config["order"])
            texts = [sql.SQL("left({}::text, {})").format(sql.Identifier(c), sql.Literal(MAX_TEXT)) for c in columns]
            asked = sql.SQL("select {}::text, {} from {} where {} order by {} limit {}")
            while True:
                where = sql.SQL("{} > {}").format(order, sql.Literal(cursor)) if cursor else sql.SQL("true")
                # One more than a page: whether its key is the last one's tells if the key is one.
                found = there.execute(
                    asked.format(order, sql.SQL(", ").join(texts), place, where, order, sql.Literal(PAGE + 1))
                ).fetchall()
                _one_by_one([str(r[0]) for r in found], config["order"])
                page = found[:PAGE]
                rows = [
                    (done + n, {f.key: v for f, v in zip(fields, r[1:], strict=True)}) for n, r in enumerate(page, 1)
                ]
                done += len(page)
                cursor = str(page[-1][0]) if len(found) > PAGE else ""
                yield Page(rows, cursor)
                if not cursor:
                    return
    except (psycopg.Error, UnicodeError) as error:
        raise Refusal(
            "source_unreachable",
            f"读取来源数据库失败：{_said(error)}。已取得的部分已保存，排除故障后再次归集会接着取。",
            status=409,
        ) from None


def _connected(dsn: str, secret: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A session that can only read, on the address that was judged, and not on the database of this house."""
    parts = conninfo.conninfo_to_dict(dsn)
    port = int(str(parts.get("port") or 5432))
    there: psycopg.Connection[tuple[Any, ...]] = psycopg.connect(
        host=str(parts["host"]),
        hostaddr=reach.address_of(str(parts["host"]), port),
        port=port,
        user=str(parts["user"]),
        dbname=str(parts["dbname"]),
        sslmode=str(parts.get("sslmode") or "prefer"),
        password=secret or "-",  # never one that the environment or a file of this machine holds
        passfile="/dev/null",
        autocommit=True,
        connect_timeout=SECONDS,
        keepalives_idle=SECONDS,
        keepalives_interval=10,
        keepalives_count=3,
        client_encoding="UTF8",
        options=f"-c statement_timeout={SECONDS * 1000} -c default_transaction_read_only=on -c datestyle=ISO",
    )
    try:
        mark = "select system_identifier from pg_control_system()"
        with own.cursor() as here:
            here.execute(mark)
            if there.execute(mark).fetchone() == here.fetchone():
                raise Refusal(
                    "own_database", "这是本系统自己的数据库，不能登记为数据源。请填写来源单位的地址。", status=409
                )
    except BaseException:
        there.close()
        raise
    return there


def _columns(
    there: psycopg.Connection[Any], place: sql.Identifier, config: Mapping[str, str], fields: Sequence[Field]
) -> list[str]:
    known = {c.name for c in there.execute(sql.SQL("select * from {} limit 0").format(place)).description or ()}
    found = [next((n for n in (f.key, f.title) if n in known), "") for f in fields]
    if config["order"] not in known:
        raise Refusal("bad_answer", f"来源表中没有排序列“{config['order']}”。请在数据源中更正。", status=409)
    if missing := "、".join(f.title for f, n in zip(fields, found, strict=True) if not n):
        raise Refusal("bad_answer", f"来源表中没有这些字段：{missing}。请把字段编码或名称改为表中的列名。", status=409)
    return found


def _no_empty_keys(there: psycopg.Connection[Any], place: sql.Identifier, order: str) -> None:
    empty = sql.SQL("select 1 from {} where {} is null limit 1").format(place, sql.Identifier(order))
    if there.execute(empty).fetchone():
        raise Refusal("bad_answer", f"排序列“{order}”有空值，会漏取数据。请改用主键一类不为空的列。", status=409)


def _one_by_one(keys: Sequence[str], order: str) -> None:
    """Rows with one key would be passed over at the border of two pages."""
    if len(set(keys)) < len(keys):
        raise Refusal("bad_answer", f"排序列“{order}”有重复值，会漏取数据。请改用主键一类不重复的列。", status=409)


def _said(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "来源数据库没有登记字符编码，文字无法识别"
    code = getattr(error, "sqlstate", None) or ("28P01" if "password authentication" in str(error) else "")
    return {
        "42P01": "没有这张表",
        "3F000": "没有这个模式",
        "42501": "账号没有读取权限",
        "28P01": "账号或口令不对",
        "57014": "查询超过 30 秒，请核对排序列是否有索引",
    }.get(code, "连接不上或中断")


def from_http(config: Mapping[str, str], secret: str, cursor: str, done: int = 0) -> Iterator[Page]:
    """Pages of a JSON interface: by a page number (`page`, from 1) or by the address of the next page (`next`).

    `items` is the path to the list (`data.rows`), `header` the name of the header that carries the token; `done`: rows read
    before. An interface that gives the same page again is stopped.
    """
    number, address = int(cursor) if cursor.isdigit() else 1, cursor if cursor.startswith("http") else config["url"]
    if urlsplit(address)[:2] != urlsplit(config["url"])[:2]:
        raise Refusal("moved", "接口地址已修改，这一批不能接着取。请回到数据源重新归集。", status=409)
    before = b""
    while True:
        body = _get(_paged(config, address, number), config, secret)
        if before == (before := hashlib.sha256(body).digest()):
            raise Refusal("bad_answer", "来源接口对下一页给出了同一页的内容，已停止。请核对翻页参数。", status=409)
        answer = _decoded(body)
        found = _dig(answer, config["items"])
        if not isinstance(found, list) or not all(isinstance(r, dict) for r in found):
            raise Refusal("bad_answer", "来源接口返回的内容中没有数据列表。请核对“数据所在位置”。", status=409)
        number += 1
        following = ""
        if config["next"]:
            following = _following(address, str(_dig(answer, config["next"]) or ""))
        elif config["page"] and found:
            following = str(number)
        yield Page([(done + n, r) for n, r in enumerate(found, 1)], following)
        done += len(found)
        if not following:
            return
        address = following if following.startswith("http") else address


def _following(address: str, told: str) -> str:
    """The address of the next page as the interface tells it; on the same host, for the token goes along."""
    try:
        there = urljoin(address, told) if told else ""
        same = not there or (_host(there) and urlsplit(there)[:2] == urlsplit(address)[:2])
    except ValueError:
        same = False
    if not same:
        raise Refusal("bad_answer", "来源接口给出的下一页不在登记的主机上，已停止。请与来源单位核对。", status=409)
    return there


def _paged(config: Mapping[str, str], address: str, number: int) -> str:
    if not config["page"] or config["next"]:
        return address
    parts = urlsplit(address)
    pairs = dict(parse_qsl(parts.query)) | {config["page"]: str(number)}
    if config["size"]:
        name, _, size = config["size"].partition("=")
        pairs[name] = size or str(PAGE)
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def _get(address: str, config: Mapping[str, str], secret: str) -> bytes:
    """The body of one answer; asked again after a while when the interface was busy or broke off."""
    for wait in (*WAITS, None):
        try:
            status, body = _called(address, config, secret)
            if status == 200:
                return body
            if status not in AGAIN or wait is None:
                raise _refused(status)
        except (OSError, http.client.HTTPException) as error:
            if wait is None or isinstance(error, ssl.SSLError):
                raise _refused(0, "证书未通过校验" if isinstance(error, ssl.SSLError) else "没有应答或中断") from None
        time.sleep(wait or 0)
    raise AssertionError("the last try either returns or raises")


def _refused(status: int, why: str = "") -> Refusal:
    said = {401: "令牌不对或已失效", 403: "令牌没有权限", 404: "地址不存在", 429: "请求过于频繁"}
    if 300 <= status < 400:
        why = "要求转到其他地址，请登记转到的地址"
    why = why or said.get(status, "出错" if status >= 500 else "拒绝了请求")
    told = f"（HTTP {status}）" if status else ""
    sentence = f"来源接口{why}{told}。已取得的部分已保存，排除故障后再次归集会接着取。"
    return Refusal("source_unreachable", sentence, status=409)


def _called(address: str, config: Mapping[str, str], secret: str) -> tuple[int, bytes]:
    parts = urlsplit(address)
    host, port = parts.hostname or "", _port(parts)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    there = kind(host, port, timeout=SECONDS)
    judged = reach.address_of(host, port)
    # The seam that http.client leaves for whoever chooses the address; TLS still asks for the name.
    there._create_connection = lambda to, *rest: socket.create_connection((judged, to[1]), *rest)  # type: ignore[attr-defined]
    headers = {"Accept": "application/json", "User-Agent": "wangge", "Accept-Encoding": "identity"}
    if secret:
        headers[config["header"] or "Authorization"] = secret
    ends = time.monotonic() + PAGE_SECONDS
    try:
        there.request("GET", urlunsplit(("", "", parts.path or "/", parts.query, "")), headers=headers)
        answer = there.getresponse()
        body = bytearray()
        while answer.status == 200 and (piece := answer.read1(1 << 16)):
            body += piece
            if len(body) > MAX_ANSWER:
                raise Refusal("bad_answer", "来源接口一页超过 32 MB。请把每页条数调小。", status=409)
            if time.monotonic() > ends:
                raise TimeoutError
        if answer.status == 200 and answer.length:  # it closed before all that it had announced
            raise http.client.IncompleteRead(bytes(body))
        return answer.status, bytes(body)
    finally:
        there.close()


def _decoded(body: bytes) -> Any:
    """JSON in UTF-8, as its standard wants it, or in GB 18030, as older systems still write it."""
    for code in ("utf-8-sig", "gb18030"):
        try:
            return msgspec.json.decode(body.decode(code))
        except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
            continue
    raise Refusal("bad_answer", "来源接口返回的不是 JSON。请与来源单位核对地址和令牌。", status=409)


def _dig(answer: Any, path: str) -> Any:
    for part in filter(None, path.split(".")):
        answer = answer.get(part) if isinstance(answer, dict) else None
    return answer
