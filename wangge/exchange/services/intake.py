"""归集: rows come in page by page; each page and its cursor are committed together, so that a kill costs one page at most.

The same data sent twice is one intake; two workers on one intake meet at its locked row, and the later one leaves.
"""

import base64
import hashlib
import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, Sum

from wangge.exchange import fetch, queries
from wangge.exchange.models import CodeMap, Intake, Link, QualityRule, Record, Source
from wangge.exchange.rules import quality
from wangge.kernel import audit, bulk, clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import Refusal
from wangge.kernel.sealed import Blinder, Sealer, unseal
from wangge.registry.queries import linking

MANAGE, PURPOSE, INDEX = "exchange.manage", "exchange", "people-index"
KEPT_REFUSED = 5_000
MAX_BYTES = 64 * 1024 * 1024
# A pull that failed longer ago than this begins anew: what it had read is no longer what the source holds.
GOES_ON = timedelta(days=1)
COLUMNS = (
    "id", "source_id", "intake_id", "place_code", "group", "key_index", "digest", "state", "name", "sex", "birth_on",
    "address", "id_index", "phone_index", "sealed", "key_version", "faults", "step", "seen_at", "expires_on",
)  # fmt: skip


@transaction.atomic
def begin_intake(*, actor: Actor, source_id: int, name: str = "", data: bytes = b"", whole: bool = False) -> Intake:
    """Open an intake: of the bytes of a file (or of a JSON list, for a push), or of what the source's table or interface
    holds now. `whole`: rows that are not in it any more are withdrawn at its end. Nothing is read yet: `take_in` does that.

    Refusals: `not_active`, `same_data` (already taken in: `data` names the intake), `table_too_large`, `running`.
    """
    source = queries.source_for_intake(actor, source_id)
    if source.state != "active":
        raise Refusal("not_active", "这个数据源已停用或注销，不能归集。请先启用。", status=409)
    if len(data) > MAX_BYTES:
        raise Refusal("table_too_large", "数据超过 64 MB，请拆分后分次归集。", field="file", value=name, status=413)
    if source.kind in ("file", "push") and not data:
        raise Refusal("missing_input", "请选择要归集的文件。", field="file")
    with scope.system():  # an office that pushes has no place of its own: that it owns the source was just established
        return _begun(actor, source, name, data, whole)


def _begun(actor: Actor, source: Source, name: str, data: bytes, whole: bool) -> Intake:
    pulled = source.kind in ("table", "http")
    if pulled:
        open_ = Intake.objects.filter(source=source, state__in=["running", "failed"], finished_at=None).order_by("-pk")
        cut = open_.filter(Q(state="running") | Q(started_at__gt=clock.now() - GOES_ON)).first()
        if cut is not None:
            return cut  # a pull that was cut off goes on where it stood
        whole = source.config.get("whole") == "yes"
    digest = fetch.digest(data) if data else secrets.token_hex(32)
    earlier = Intake.objects.filter(source=source, digest=digest).exclude(state="withdrawn").first()
    if earlier is not None:
        if earlier.state in ("running", "failed"):
            _put(earlier, data)
            return earlier
        raise Refusal(
            "same_data",
            f"这份数据已于 {clock.local(earlier.started_at):%Y-%m-%d %H:%M} 归集过（第 {earlier.pk} 批），没有重复归集。",
            field="file",
            status=409,
            intake=earlier.pk,
        )
    made = Intake.objects.create(
        source=source,
        place_code=source.place_code,
        group=source.group,
        kind=source.kind,
        name=(name or source.name)[:200],
        digest=digest,
        quality={"checked": {}, "failed": {}, "whole": whole},
        by=actor.name,
        started_at=clock.now(),
    )
    if data:
        _put(made, data)
    audit.record(actor, "exchange.intake_begun", "intake", made.pk, source=source.code, origin=source.kind)
    return made


def take_in(intake_id: int) -> Intake:
    """Read what is left of an intake, page after page, each committed with its cursor. Runs in a job, outside a request."""
    with scope.system():
        intake = queries.intake(SYSTEM, intake_id)
        source = queries.source(SYSTEM, intake.source_id)
    if intake.state not in ("running", "failed"):
        return intake
    try:
        for page in _pages(source, intake):
            with scope.system():
                if not take_page(actor=SYSTEM, intake_id=intake_id, seen_cursor=intake.cursor, page=page):
                    return queries.intake(SYSTEM, intake_id)
                intake = queries.intake(SYSTEM, intake_id)
            if intake.state not in ("running", "failed"):
                break
        with scope.system():
            return finish_intake(actor=SYSTEM, intake_id=intake_id)
    except Refusal as refusal:
        with scope.system():
            return fail_intake(actor=SYSTEM, intake_id=intake_id, problem=refusal.sentence)
    except Exception:
        with scope.system():
            fail_intake(actor=SYSTEM, intake_id=intake_id, problem=BROKEN)
        raise


BROKEN = "归集程序出错，已取得的部分已保存。请按“接着归集”重试；反复出错时告知系统管理员。"


@transaction.atomic
def take_page(*, actor: Actor, intake_id: int, seen_cursor: str, page: fetch.Page) -> bool:
    """Judge and keep one page; False when somebody else has read on meanwhile."""
    actor.must(MANAGE)
    intake = queries.intake_for_update(actor, intake_id)
    if intake.state not in ("running", "failed") or intake.cursor != seen_cursor:
        return False
    source = Source.objects.get(pk=intake.source_id)
    keeper = Keeper(source, intake)
    keeper.keep(page.rows)
    intake.cursor = page.cursor or "end"
    intake.state, intake.problem = "running", ""
    intake.read += len(page.rows)
    intake.save()
    audit.record(actor, "exchange.page_taken", "intake", intake.pk, rows=len(page.rows), read=intake.read)
    return True


@transaction.atomic
def finish_intake(*, actor: Actor, intake_id: int) -> Intake:
    """Close an intake that was read to its end: withdraw what a whole delivery no longer holds, reckon the score."""
    actor.must(MANAGE)
    intake = queries.intake_for_update(actor, intake_id)
    if intake.state not in ("running", "failed"):
        return intake
    gone = 0
    if intake.quality.get("whole"):
        if intake.read == intake.refused_count:
            raise Refusal(
                "empty_whole", "全量数据中没有一行可收，原有数据没有撤回。请与来源单位核对后再归集。", status=409
            )
        old = Record.objects.filter(source=intake.source_id, state="current", seen_at__lt=intake.started_at)
        gone = _withdraw(actor, old, "来源方最新全量数据中已没有这一行")
    shares = _shares(intake)
    intake.quality |= {
        "rules": [[s.rule.field, s.rule.check, s.rule.weight, s.checked, s.failed] for s in shares],
        "dimensions": quality.by_dimension(shares),
        "withdrawn": gone,
    }
    intake.state, intake.finished_at, intake.problem = "done", clock.now(), ""
    intake.score = quality.score(shares)  # type: ignore[assignment]  # rounded to two decimals, as the column keeps it
    intake.save()
    _path(intake.digest).unlink(missing_ok=True)
    audit.record(
        actor, "exchange.intake_done", "intake", intake.pk, read=intake.read, refused=intake.refused_count, score=str(intake.score)
    )  # fmt: skip
    return intake


@transaction.atomic
def fail_intake(*, actor: Actor, intake_id: int, problem: str) -> Intake:
    actor.must(MANAGE)
    intake = queries.intake_for_update(actor, intake_id)
    intake.state, intake.problem = "failed", problem[:300]
    intake.save(update_fields=["state", "problem"])
    audit.record(actor, "exchange.intake_failed", "intake", intake.pk, read=intake.read)
    return intake


@transaction.atomic
def withdraw_intake(*, actor: Actor, intake_id: int, reason: str) -> Intake:
    """Take back an intake: the rows that it added are withdrawn and their links undone. Rows that it changed keep the newer
    content: the owner's older one was not kept."""
    actor.must(MANAGE)
    intake = queries.intake_for_update(actor, intake_id)
    if intake.state == "withdrawn":
        raise Refusal("withdrawn", "这个批次已经撤回。", status=409)
    if not reason.strip():
        raise Refusal("missing_input", "请写明撤回原因。", field="reason")
    gone = _withdraw(
        actor, Record.objects.filter(intake=intake, state="current", step=1), f"归集批次撤回：{reason.strip()}"[:200]
    )
    intake.state, intake.problem, intake.finished_at = "withdrawn", reason.strip()[:300], clock.now()
    intake.save(update_fields=["state", "problem", "finished_at"])
    _path(intake.digest).unlink(missing_ok=True)
    audit.record(actor, "exchange.intake_withdrawn", "intake", intake.pk, rows=gone, reason=reason.strip())
    return intake


def _withdraw(actor: Actor, rows: Any, note: str) -> int:
    ids = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
    unlink(actor, ids, note)
    Record.objects.filter(pk__in=ids).update(state="withdrawn")
    return len(ids)


def unlink(actor: Actor, record_ids: list[int], note: str) -> int:
    """Undo the links of rows that are no longer what they were; how many there were. In the caller's transaction."""
    decided: dict[str, Any] = {
        "decided_by": actor.id,
        "decided_name": actor.name,
        "decided_at": clock.now(),
        "note": note,
    }
    Link.objects.filter(record__in=record_ids, state="proposed").update(state="passed", **decided)
    return Link.objects.filter(record__in=record_ids, state="linked").update(state="undone", **decided)


# ---- one page ------------------------------------------------------------------------------------------------------


class Keeper:
    """Judges and keeps rows of one intake within the caller's transaction, counting on the intake."""

    def __init__(self, source: Source, intake: Intake) -> None:
        self.source, self.intake = source, intake
        self.fields = quality.fields_of(source.fields)
        self.rules = rules_of(source)
        self.tools = tools_of(source)
        self.sealer, self.blinder = Sealer(PURPOSE), Blinder(INDEX)
        self.today = clock.today()
        self.expires = self.today + timedelta(days=source.retention_days)
        self.checked, self.failed = Counter(intake.quality["checked"]), Counter(intake.quality["failed"])

    def keep(self, rows: list[tuple[int, dict[str, Any]]]) -> None:
        fresh: dict[bytes, quality.Judged] = {}
        refused = []
        for number, raw in rows:
            one = quality.judge(self._by_key(raw), self.fields, self.rules, self.tools, self.today)
            self.checked.update(one.checked)
            self.failed.update(f"{f.field}.{f.check}" for f in one.faults)
            for key, theirs in one.unmapped:
                self._unmapped(key, theirs)
            if one.refused:
                refused.append([number, one.values, [f.sentence for f in one.faults]])
                continue
            fresh[self._key(one)] = one  # of two rows with one key in a page the later one holds
        self._refuse(refused)
        self._store(fresh, len(rows) - len(refused) - len(fresh))
        self.intake.quality |= {"checked": dict(self.checked), "failed": dict(self.failed)}

    def _by_key(self, raw: dict[str, Any]) -> dict[str, Any]:
        return {f.key: raw.get(f.key, raw.get(f.title)) for f in self.fields}

    def _key(self, one: quality.Judged) -> bytes:
        core = one.core
        number = core.get("id_number", "") if not core["document_fault"] else ""
        return self.blinder.blind(key_of(self.source.pk, core.get("key", ""), number, one.values))

    def _unmapped(self, key: str, theirs: str) -> None:
        of_field = self.intake.unmapped.setdefault(key, {})
        if theirs in of_field or len(of_field) < 200:
            of_field[theirs] = of_field.get(theirs, 0) + 1

    def _refuse(self, rows: list[list[Any]]) -> None:
        room = KEPT_REFUSED - self.intake.refused_count
        if rows and room > 0:
            at = len(self.intake.refused)
            text = msgspec.json.encode(rows[:room]).decode()
            sealed = self.sealer.seal(text, f"intake:{self.intake.pk}:{at}")
            self.intake.refused.append(base64.b64encode(sealed).decode())
        self.intake.refused_count += len(rows)

    def _store(self, fresh: dict[bytes, quality.Judged], doubles: int) -> None:
        known = {
            bytes(r.key_index): r
            for r in Record.objects.select_for_update()
            .filter(source=self.source, state="current", key_index__in=list(fresh))
            .order_by("pk")
        }
        new = [(k, one) for k, one in fresh.items() if k not in known]
        ids = bulk.new_ids("exchange_record", len(new))
        now = clock.now()
        bulk.insert(
            "exchange_record", COLUMNS, (self._row(i, k, one, now) for i, (k, one) in zip(ids, new, strict=True))
        )
        self.intake.added += len(new)
        self.intake.same += doubles
        same, moved = [], []
        for key, row in known.items():
            one = fresh[key]
            if bytes(row.digest) == _digest(one.values):
                same.append(row.pk)
                continue
            before = (row.name, row.birth_on, bytes(row.id_index or b""))
            for name, value in zip(COLUMNS[2:], self._row(row.pk, key, one, now)[2:], strict=True):
                setattr(row, name, value if name != "faults" else _faults(one))
            if before != (row.name, row.birth_on, row.id_index or b""):
                moved.append(row.pk)  # another name, birth or document: whether it is still that person is open again
            Record.objects.filter(pk=row.pk).update(
                **{n: getattr(row, n) for n in COLUMNS[2:] if n not in ("step", "intake_id", "key_index", "state")},
                step=row.step + 1,
            )
            self.intake.changed += 1
        Record.objects.filter(pk__in=same).update(seen_at=now, expires_on=self.expires)
        self.intake.same += len(same)
        unlink(SYSTEM, moved, "来源数据中的姓名、出生日期或证件号码已变化，须重新比对")

    def _row(self, record_id: int, key: bytes, one: quality.Judged, now: Any) -> tuple[Any, ...]:
        core = one.core
        number = core.get("id_number", "") if not core["document_fault"] else ""
        phone = core.get("phone", "") if not core["phone_fault"] else ""
        kind = core.get("id_type", "") or linking.guess_type(number)
        return (
            record_id, self.source.pk, self.intake.pk, self.source.place_code, self.source.group, key, _digest(one.values),
            "current", core.get("name", "")[:50], core["sex"][:1], core["birth_on"], core.get("address", "")[:200],
            self.blinder.blind(linking.document_key(kind, number)) if number else None,
            self.blinder.blind(f"phone:{phone}") if phone else None,
            self.sealer.seal(msgspec.json.encode(one.values).decode(), f"record:{record_id}"), self.sealer.version,
            msgspec.json.encode(_faults(one)).decode(), 1, now, self.expires,
        )  # fmt: skip


def _faults(one: quality.Judged) -> list[list[str]]:
    return [[f.field, f.check] for f in one.faults]


def key_of(source_id: int, key: str, number: str, values: dict[str, str]) -> str:
    """What tells one row of a source from another: its owner's key, else its document, else all it says. To be blinded."""
    return f"exchange:{source_id}:{key or number or _digest(values).hex()}"


def _digest(values: dict[str, str]) -> bytes:
    return hashlib.sha256(msgspec.json.encode(values, order="sorted")).digest()[:16]


# ---- what a source is judged by ------------------------------------------------------------------------------------


def rules_of(source: Source) -> list[quality.Rule]:
    return [
        quality.Rule(r.field, r.check_kind, r.parameter, r.weight, r.refuses)
        for r in QualityRule.objects.filter(source=source).order_by("pk")
    ]


def tools_of(source: Source) -> quality.Tools:
    maps = {(m.field, m.theirs): m.ours for m in CodeMap.objects.filter(source=source)}

    @lru_cache(maxsize=10_000)
    def standard(table: str, text: str) -> str | None:
        return linking.code_of(table, text)

    def document(kind: str, number: str) -> tuple[str, Any, str, str]:
        checked = linking.check_document(kind or linking.guess_type(number), number)
        return checked.number, checked.birth_on, checked.sex, checked.error

    def code(about: quality.Field, text: str) -> str | None:
        return maps.get((about.key, text)) or standard(about.codes, text)

    return quality.Tools(document, linking.check_phone, code)


def _shares(intake: Intake) -> list[quality.Share]:
    source = Source.objects.get(pk=intake.source_id)
    checked, failed = intake.quality["checked"], intake.quality["failed"]
    shares = []
    for rule in rules_of(source):
        if rule.check == "unique":
            groups = Record.objects.filter(source=source, state="current", id_index__isnull=False).values("id_index")
            counted = groups.annotate(n=Count("pk")).aggregate(rows=Sum("n"), kinds=Count("pk"))
            rows = counted["rows"] or 0
            shares.append(quality.Share(rule, rows, rows - (counted["kinds"] or 0)))
        elif rule.check == "fresh":
            last = Intake.objects.filter(source=source, state="done", pk__lt=intake.pk).order_by("-pk").first()
            good = quality.is_fresh(
                clock.local(last.finished_at).date() if last and last.finished_at else None,
                clock.today(),
                source.refresh,
            )
            shares.append(quality.Share(rule, 1, 0 if good else 1))
        else:
            shares.append(quality.Share(rule, checked.get(rule.name, 0), failed.get(rule.name, 0)))
    return shares


# ---- the bytes of a file while it is read --------------------------------------------------------------------------


def _path(digest: str) -> Path:
    return Path(settings.DATA) / "exchange" / "inbox" / digest


def _put(intake: Intake, data: bytes) -> None:
    """Kept sealed until the intake is done; written before the row is committed, so that a kill leaves no row without it."""
    path = _path(intake.digest)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".new")
    draft.write_bytes(Sealer(PURPOSE).seal(data.decode("latin-1"), f"inbox:{intake.digest}"))
    draft.replace(path)


def _pages(source: Source, intake: Intake) -> Iterator[fetch.Page]:
    if intake.cursor == "end":
        return
    fields, cursor = quality.fields_of(source.fields), intake.cursor
    if source.kind in ("file", "push"):
        if not _path(intake.digest).exists():
            raise Refusal("file_lost", "归集文件已不在服务器上。请重新上传同一份文件。", status=409)
        sealed = _path(intake.digest).read_bytes()
        data = unseal(sealed, purpose=PURPOSE, context=f"inbox:{intake.digest}").encode("latin-1")
        yield from (
            fetch.from_json(data, cursor)
            if source.kind == "push"
            else fetch.from_table(data, intake.name, fields, cursor)
        )
        return
    secret = ""
    if source.sealed:
        text = unseal(source.sealed, purpose=PURPOSE, context=f"source:{source.code}")
        secret = msgspec.json.decode(text, type=str)
    if source.kind == "table":
        yield from fetch.from_database(source.config, secret, fields, cursor, intake.read)
    else:
        yield from fetch.from_http(source.config, secret, cursor, intake.read)


@transaction.atomic
def note_refused_read(*, actor: Actor, intake_id: int) -> None:
    """Leave a trace that the refused rows, which hold whole numbers, were taken away as a sheet."""
    actor.must(MANAGE)
    one = queries.intake(actor, intake_id)
    audit.record(actor, "exchange.refused_read", "intake", one.pk, rows=one.refused_count)
