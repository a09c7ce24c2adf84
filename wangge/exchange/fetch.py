"""Fetching rows where they lie: a file that was sent, a table of another database, an HTTP interface. One page at a time.

A page carries the cursor of what follows, so that whoever keeps it may stop and go on. Nothing here writes.
"""

import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from wangge.exchange.rules.quality import Field
from wangge.kernel import tables
from wangge.kernel.errors import Refusal

PAGE = 5_000
MAX_ANSWER = 32 * 1024 * 1024
SECONDS = 30
CONFIG: dict[str, tuple[str, ...]] = {
    "file": (),
    "push": (),
    "table": ("dsn", "table", "order"),
    "http": ("url", "items", "page", "size", "next", "header"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """`rows`: (number in its origin, values by field key or title). `cursor`: where to go on; "" after the last page."""

    rows: list[tuple[int, dict[str, Any]]]
    cursor: str


def check_config(kind: str, config: Mapping[str, str]) -> str:
    """The sentence of what is missing or not allowed in where to fetch, or ""."""
    if kind == "table":
        if not re.fullmatch(r"postgres(ql)?://[^\s]+", config["dsn"]) or (
            "@" in config["dsn"] and ":" in _user(config)
        ):
            return "数据库地址写作 postgresql://用户名@主机:端口/库名，口令请填在“口令或令牌”中，不写在地址里。"
        if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?", config["table"]):
            return "表名应为“表”或“模式.表”，由字母、数字和下划线组成。"
        if not re.fullmatch(r"[A-Za-z_]\w*", config["order"]):
            return "请填写排序列：一个不重复、不变的列，例如主键。"
    if kind == "http":
        parts = urlsplit(config["url"])
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            return "接口地址应以 http:// 或 https:// 开头，地址里不写账号和口令。"
        if parts.hostname.startswith("169.254."):
            return "这个地址是本机设备内部地址，不能作为数据源。请填写来源单位的接口地址。"
    return ""


def _user(config: Mapping[str, str]) -> str:
    return urlsplit(config["dsn"]).netloc.rpartition("@")[0]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def from_table(data: bytes, name: str, fields: Sequence[Field], cursor: str) -> Iterator[Page]:
    """Pages of an XLSX or CSV; columns are found by title, key, in any order. Faults of form come as rows to be judged."""
    read = tables.read(data, name, [tables.Column(f.key, f.title, aliases=(f.key,)) for f in fields])
    yield from _cut([(n, dict(v)) for n, v in read.rows], cursor)


def from_json(data: bytes, cursor: str) -> Iterator[Page]:
    """Pages of a JSON list of objects."""
    rows = json.loads(data)
    yield from _cut([(n, row) for n, row in enumerate(rows, 1)], cursor)


def _cut(rows: list[tuple[int, dict[str, Any]]], cursor: str) -> Iterator[Page]:
    at = int(cursor or 0)
    while at < len(rows):
        upto = at + PAGE
        yield Page(rows[at:upto], str(upto) if upto < len(rows) else "")
        at = upto


def from_database(config: Mapping[str, str], secret: str, fields: Sequence[Field], cursor: str) -> Iterator[Page]:
    """Pages of a PostgreSQL table in the order of its key, read in one read-only session."""
    place = sql.Identifier(*config["table"].split("."))
    order = sql.Identifier(config["order"])
    wanted = sql.SQL(", ").join([sql.Identifier(f.key) for f in fields])
    asked = sql.SQL("select {} as __order, {} from {} where {} order by {} limit {}")
    done = 0
    try:
        with psycopg.connect(
            config["dsn"],
            password=secret or None,
            connect_timeout=SECONDS,
            row_factory=dict_row,
            options=f"-c statement_timeout={SECONDS * 1000} -c default_transaction_read_only=on",
        ) as connection:
            while True:
                where = sql.SQL("{} > {}").format(order, sql.Literal(cursor)) if cursor else sql.SQL("true")
                found = connection.execute(
                    asked.format(order, wanted, place, where, order, sql.Literal(PAGE))
                ).fetchall()
                if not found:
                    return
                cursor = str(found[-1]["__order"])
                rows = [(done + n, {k: v for k, v in r.items() if k != "__order"}) for n, r in enumerate(found, 1)]
                done += len(found)
                yield Page(rows, cursor if len(found) == PAGE else "")
                if len(found) < PAGE:
                    return
    except psycopg.Error as error:
        raise Refusal(
            "source_unreachable",
            f"读取来源数据库失败：{_said(error)}。已取得的部分已保存，排除故障后再次归集会接着取。",
            status=409,
        ) from None


def _said(error: psycopg.Error) -> str:
    code = error.sqlstate or ""
    return {
        "42P01": "没有这张表",
        "42703": "表中没有所登记的字段",
        "42501": "账号没有读取权限",
        "28P01": "口令不对",
        "57014": "查询超时",
    }.get(code, "连接不上或中断")


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def from_http(config: Mapping[str, str], secret: str, cursor: str) -> Iterator[Page]:
    """Pages of a JSON interface: by a page number (`page`, from 1) or by the address of the next page (`next`).

    `items` is the path to the list (`data.rows`), `header` the name of the header that carries the token.
    """
    number, address = int(cursor) if cursor.isdigit() else 1, cursor if cursor.startswith("http") else config["url"]
    done = 0
    while True:
        answer = _get(_paged(config, address, number), config, secret)
        found = _dig(answer, config["items"])
        if not isinstance(found, list) or not all(isinstance(r, dict) for r in found):
            raise Refusal("bad_answer", "来源接口返回的内容中没有数据列表。请核对“数据所在位置”。", status=409)
        number += 1
        following = ""
        if config["next"]:
            following = str(_dig(answer, config["next"]) or "")
            if following and urlsplit(following).netloc != urlsplit(config["url"]).netloc:
                raise Refusal(
                    "bad_answer", "来源接口给出的下一页不在登记的主机上，已停止。请与来源单位核对。", status=409
                )
        elif config["page"] and found:
            following = str(number)
        yield Page([(done + n, r) for n, r in enumerate(found, 1)], following)
        done += len(found)
        if not following:
            return
        address = following if following.startswith("http") else address


def _paged(config: Mapping[str, str], address: str, number: int) -> str:
    if not config["page"] or config["next"]:
        return address
    parts = urlsplit(address)
    pairs = dict(parse_qsl(parts.query)) | {config["page"]: str(number)}
    if config["size"]:
        name, _, size = config["size"].partition("=")
        pairs[name] = size or str(PAGE)
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def _get(address: str, config: Mapping[str, str], secret: str) -> Any:
    request = Request(address, headers={"Accept": "application/json"})
    if secret:
        request.add_header(config["header"] or "Authorization", secret)
    try:
        with build_opener(_NoRedirect).open(request, timeout=SECONDS) as answer:
            body = answer.read(MAX_ANSWER + 1)
    except (URLError, OSError):
        raise Refusal(
            "source_unreachable",
            "来源接口没有应答或拒绝了请求。已取得的部分已保存，排除故障后再次归集会接着取。",
            status=409,
        ) from None
    if len(body) > MAX_ANSWER:
        raise Refusal("bad_answer", "来源接口一页超过 32 MB。请把每页条数调小。", status=409)
    try:
        return json.load(io.BytesIO(body))
    except ValueError:
        raise Refusal("bad_answer", "来源接口返回的不是 JSON。请与来源单位核对地址和令牌。", status=409) from None


def _dig(answer: Any, path: str) -> Any:
    for part in filter(None, path.split(".")):
        answer = answer.get(part) if isinstance(answer, dict) else None
    return answer
