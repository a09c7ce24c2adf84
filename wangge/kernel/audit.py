"""The audit log: append-only rows, chained by hash.

A row is written in the transaction of the act itself. The chain is laid afterwards by `seal()` (a periodic job, and
`verify()` before it looks), because hashing inside every transaction would make all writers wait for one another.
Each seal's digest covers the digest before it and every field of its row, so changing, removing or inserting a sealed
row breaks the chain at that place. The head is also appended to `audit-heads.txt` in the data folder: cutting off the
newest rows together with their seals shows there.
"""

import hashlib
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction

from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.models import AuditEntry

_UNSEALED = """
    select e.id, e.at, e.actor_id, e.actor_name, e.post_name, e.channel, e.action, e.kind, e.subject, e.data::text
    from kernel_auditentry e
    where e.id > %s and not exists (select from kernel_auditseal s where s.entry_id = e.id)
    order by e.id limit %s"""
_LINKS = """
    declare links no scroll cursor for
    select s.entry_id, s.digest,
        e.id, e.at, e.actor_id, e.actor_name, e.post_name, e.channel, e.action, e.kind, e.subject, e.data::text
    from kernel_auditseal s left join kernel_auditentry e on e.id = s.entry_id order by s.id"""
# A row may become visible after rows with a higher id were sealed (its transaction took longer): look back this far.
_LOOK_BACK = 100_000
_SEAL_LOCK = 7_262_001


def record(actor: Actor, action: str, kind: str, subject: object, **data: Any) -> None:
    """Note that the actor did `action` (past tense, `room.verb`) to the `subject` of this kind. No personal data in `data`."""
    AuditEntry.objects.create(
        at=clock.now(),
        actor_id=actor.id,
        actor_name=actor.name,
        post_name=actor.post_name,
        channel=actor.channel,
        action=action,
        kind=kind,
        subject=str(subject),
        data=msgspec.to_builtins(data, str_keys=True),
    )


def _digest(previous: str, row: tuple[Any, ...]) -> str:
    row_id, at, *rest = row
    body = msgspec.json.encode([row_id, at.timestamp(), *rest])
    return hashlib.sha256(previous.encode() + body).hexdigest()


def seal(limit: int = 50_000) -> int:
    """Chain up to `limit` rows that are not sealed yet; how many were."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_SEAL_LOCK])
        cursor.execute("select digest, entry_id from kernel_auditseal order by id desc limit 1")
        head, newest = cursor.fetchone() or ("", 0)
        cursor.execute(_UNSEALED, [newest - _LOOK_BACK, limit])
        seals = []
        for row in cursor.fetchall():
            head = _digest(head, row)
            seals.append((row[0], head))
        if seals:
            with cursor.copy("copy kernel_auditseal (entry_id, digest) from stdin") as copy:
                for one in seals:
                    copy.write_row(one)
    if seals:
        path = settings.DATA / "audit-heads.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a") as f:
            f.write(f"{clock.now().isoformat()} {connection.settings_dict['NAME']} {seals[-1][0]} {head}\n")
    return len(seals)


def verify() -> tuple[bool, str]:
    """Walk the chain from its first link; (intact?, a sentence that says what was found and where)."""
    while seal():
        pass
    digests: dict[str, int] = {}
    fault = ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LINKS)
        cursor.execute("fetch 5000 from links")
        while not fault and (rows := cursor.fetchall()):
            fault = _walk(rows, digests)
            cursor.execute("fetch 5000 from links")
        cursor.execute("close links")
    if fault:
        return False, fault
    path = settings.DATA / "audit-heads.txt"
    if path.exists():
        for line in path.read_text().splitlines():
            at, database, entry_id, digest = line.split(" ")
            if database == connection.settings_dict["NAME"] and digest not in digests:
                return (
                    False,
                    f"{at} 封存到第 {entry_id} 条的链头已不存在：末尾的审计记录被截去。请从备份恢复并查明原因。",
                )
    head = next(reversed(digests), "")
    return True, f"审计记录完整：{len(digests)} 条，链头 {head[:16] or '（空）'}。"


def _walk(rows: list[tuple[Any, ...]], digests: dict[str, int]) -> str:
    """Check links in order, adding their digests; the sentence of the first fault, or ""."""
    for entry_id, digest, *row in rows:
        if row[0] is None:
            return f"审计记录第 {entry_id} 条已被删除，链在此处断开。请从备份恢复并查明原因。"
        if _digest(next(reversed(digests), ""), tuple(row)) != digest:
            at = clock.local(row[1])
            return f"审计记录第 {entry_id} 条（{at:%Y-%m-%d %H:%M}，{row[3]}，{row[6]}）与封存内容不符。请查明原因。"
        digests[digest] = entry_id
    return ""
