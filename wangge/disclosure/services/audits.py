"""Writes of audits: a file comes in once, is judged outside any transaction, and people decide about what was found."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from wangge.disclosure import queries, terms
from wangge.disclosure.documents.report import packed
from wangge.disclosure.models import AuditFinding, AuditLetter, DocumentAudit
from wangge.kernel import audit, clock, files, numbering, scope, sniff
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import NotHere, Refusal

RIGHT = terms.AUDIT_RIGHT
# Above this a file is audited by the worker, so that nobody waits for a page.
AT_ONCE = 1024 * 1024
MOST_TRIES = 3
_JUDGE_LOCK = 7_262
_STORED = ("application/pdf", sniff.DOCX, sniff.XLSX)
_LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of one file: its audit, and whether it is the first time that the district sends it."""

    audit: DocumentAudit
    is_new: bool


# ---- a file comes in ------------------------------------------------------------------------------------------------


def receive(*, actor: Actor, data: bytes, name: str, at_once: bool | None = None) -> Receipt:
    """Keep a file and audit it: now (`at_once`, by default when it is small), else by the worker.

    The same bytes in the same district give the first result. Opens its own transactions, because reading takes time:
    call it outside of one. Raises `Refusal` for an empty or too large file and for a post without a district.
    """
    actor.must(RIGHT)
    if not data:
        raise Refusal("file_empty", "文件是空的，请重新选择。", field="file", value=name)
    if len(data) > files.OTHER_LIMIT:
        limit = files.OTHER_LIMIT // files.MEGABYTE
        raise Refusal("file_too_large", f"文件超过 {limit} MB，请拆分后再上传。", field="file", value=name, status=413)
    now = len(data) <= AT_ONCE if at_once is None else at_once
    with scope.use(actor):
        one, fresh = _kept(actor, data, name)
        if fresh and not now:
            _defer(one.pk)
    if now and one.state == "waiting":
        judge(actor=actor, audit_id=one.pk)
        with scope.use(actor):
            one = queries.audit(actor, one.pk)
    return Receipt(one, fresh)


def _kept(actor: Actor, data: bytes, name: str) -> tuple[DocumentAudit, bool]:
    place, sha256 = queries.home(actor), hashlib.sha256(data).hexdigest()
    known = DocumentAudit.objects.filter(place_code=place, sha256=sha256).first()
    if known is not None:
        return known, False
    stored = False
    if sniff.media_type(data) in _STORED:
        try:
            files.put(data, name=name, actor=actor)
            stored = True
        except Refusal:  # damaged: the audit will say so in its own words
            stored = False
    try:
        with transaction.atomic():
            one = DocumentAudit.objects.create(
                place_code=place,
                sha256=sha256,
                name=_plain_name(name),
                size=len(data),
                original=None if stored else data,
                uploaded_at=clock.now(),
                uploaded_by=actor.id,
                uploader=actor.name,
            )
    except IntegrityError:  # somebody else of the district sent it in this very moment
        return DocumentAudit.objects.get(place_code=place, sha256=sha256), False
    audit.record(actor, "disclosure.audit_uploaded", "document_audit", one.pk, sha256=sha256, size=len(data))
    return one, True


def _plain_name(name: str) -> str:
    last = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip()
    return last[-200:] or "未命名"


def _defer(audit_id: int) -> None:
    from procrastinate.contrib.django import app

    app.configure_task("disclosure.judge").defer(audit_id=audit_id)


def again(*, actor: Actor, audit_id: int) -> DocumentAudit:
    """Audit the kept file anew, with the rules of today; decisions on findings that are found again are kept."""
    actor.must(RIGHT)
    with scope.use(actor):
        one = _locked(actor, audit_id)
        if one.state == "waiting":
            raise Refusal("still_waiting", "这份文件正在审核，请稍候再看。", status=409)
        one.state, one.tries, one.why = "waiting", 0, ""
        one.save(update_fields=["state", "tries", "why"])
        audit.record(actor, "disclosure.audit_repeated", "document_audit", one.pk)
        big = one.size > AT_ONCE
        if big:
            _defer(one.pk)
    if not big:
        judge(actor=actor, audit_id=one.pk)
    with scope.use(actor):
        return queries.audit(actor, audit_id)


# ---- judging --------------------------------------------------------------------------------------------------------


def judge(*, actor: Actor, audit_id: int) -> None:
    """Read and audit a file that waits. Safe to repeat, and at once from several sides: the later ones find it done.

    A file that ends the process three times is given up.
    """
    with _by_one_only(audit_id):
        _judge(actor, audit_id)


@contextmanager
def _by_one_only(audit_id: int) -> Iterator[None]:
    """Held by the session, not by a transaction: reading a file takes longer than rows should be locked."""
    key = (_JUDGE_LOCK << 32) + audit_id
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [key])
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [key])


def _judge(actor: Actor, audit_id: int) -> None:
    with scope.system():
        one = DocumentAudit.objects.select_for_update().filter(pk=audit_id, state="waiting").first()
        if one is None:
            return
        one.tries += 1
        if one.tries > MOST_TRIES:
            one.state, one.why = "failed", "审核这个文件时程序几次意外中止。请把文件交给运维人员。"
        one.save(update_fields=["tries", "state", "why"])
        data = None if one.state == "failed" else queries.bytes_of(one)
    if data is None:
        return
    result: dict[str, Any] = {}
    try:
        report = terms.audit_bytes(data, one.name)
        result = {"report": _storable(terms.as_json(report)), "source": packed.pack(report.document.source)}
        state, why = "done", ""
    except terms.unreadable() as error:
        state, why = "unreadable", str(error)
    except Exception as error:  # one bad file must not come back for ever
        _log(one, error)
        state, why = "failed", f"审核这个文件时程序出错（{type(error).__name__}）。请把文件交给运维人员。"
    with scope.system():
        _settle(actor, audit_id, state, why[:500], result)


def _log(one: DocumentAudit, error: Exception) -> None:
    import logging

    logging.getLogger(__name__).error("audit %d of %s failed", one.pk, one.sha256, exc_info=error)


def _storable(told: Any) -> Any:
    """PostgreSQL's JSON takes no zero byte and no lone surrogate."""
    text = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace").decode()
    return json.loads(text.replace("\\u0000", ""))


def _settle(actor: Actor, audit_id: int, state: str, why: str, result: Mapping[str, Any]) -> None:
    one = DocumentAudit.objects.select_for_update().get(pk=audit_id)
    if one.state != "waiting":
        return
    one.state, one.why, one.done_at = state, why, clock.now()
    if state == "done":
        told = result["report"]
        one.report, one.source = told, result["source"]
        one.kind, one.unit, one.year = told["kind"], told["unit"][:120], told["year"]
        one.money_unit, one.text_sha256 = told["money_unit"][:10], told["text_sha256"]
        _write_findings(one, told["findings"])
    one.save()
    audit.record(
        actor,
        "disclosure.audit_finished",
        "document_audit",
        one.pk,
        state=state,
        count=len(result["report"]["findings"]) if state == "done" else 0,
    )


def _write_findings(one: DocumentAudit, told: Sequence[Mapping[str, Any]]) -> None:
    before = {_same(f.rule, f.where, f.printed): f for f in one.findings.exclude(decision="")}
    version = max(one.findings.values_list("version", flat=True), default=-1) + 1
    one.findings.all().delete()
    rows = []
    for f in told:
        row = AuditFinding(audit=one, version=version, **{name: f[name] for name in _COPIED})
        if old := before.get(_same(row.rule, row.where, row.printed)):
            row.decision, row.reason, row.decided_by = old.decision, old.reason, old.decided_by
            row.decider, row.decided_at = old.decider, old.decided_at
        rows.append(row)
    AuditFinding.objects.bulk_create(rows)
    for severity, name in (("error", "errors"), ("suspicious", "suspicious"), ("rounding", "rounding")):
        setattr(one, name, sum(r.severity == severity for r in rows))
    one.undecided = sum(r.severity != "rounding" and not r.decision for r in rows)


_COPIED = (
    "number", "rule", "severity", "confidence", "where", "printed", "expected", "difference", "formula", "quote",
    "explanation", "origin", "places",
)  # fmt: skip


def _same(rule: str, where: str, printed: str) -> tuple[str, str, str]:
    return rule, where, printed


def repair(*, actor: Actor = SYSTEM) -> int:
    """Hand files that have waited for ten minutes to the worker again (a process was killed half-way); how many."""
    with scope.system():
        late = DocumentAudit.objects.filter(state="waiting", uploaded_at__lt=clock.now() - timedelta(minutes=10))
        found = list(late.values_list("pk", flat=True)[:100])
        for audit_id in found:
            _defer(audit_id)
    return len(found)


# ---- deciding -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refused:
    """A finding that was not decided, and why."""

    number: int
    sentence: str


@transaction.atomic
def decide(
    *, actor: Actor, audit_id: int, picks: Sequence[tuple[int, int]], decision: str, reason: str
) -> list[Refused]:
    """Accept (`accepted`), dismiss (`dismissed`) or reopen (`""`) findings, each given as (number, version seen).

    A finding that somebody else has changed since is left alone and comes back with who did what. Raises `Refusal` for
    an unknown decision, a missing reason, or no finding at all.
    """
    actor.must(RIGHT)
    reason = reason.strip()
    if decision not in (*terms.DECISIONS, ""):
        raise Refusal("unknown_decision", "请选择采纳、排除或撤回。", field="decision", value=decision)
    if decision and not reason:
        raise Refusal("reason_missing", f"{terms.DECISIONS[decision]}要写明理由。", field="reason", value=reason)
    if len(reason) > 500:
        raise Refusal("reason_long", f"理由最长 500 字，现有 {len(reason)} 字。", field="reason", value=reason[:50])
    if not picks:
        raise Refusal("nothing_picked", "请先勾选要处理的发现。", field="pick")
    one = _locked(actor, audit_id)
    found = {f.number: f for f in one.findings.select_for_update().filter(number__in=[n for n, _ in picks])}
    refused = []
    for number, seen in picks:
        row = found.get(number)
        if row is None:
            refused.append(Refused(number, f"没有第 {number} 条发现，请刷新后再处理。"))
        elif row.version != seen:
            refused.append(Refused(number, _overtaken(row)))
        else:
            _decide(actor, one, row, decision, reason)
    one.undecided = one.findings.exclude(severity="rounding").filter(decision="").count()
    one.save(update_fields=["undecided"])
    return refused


def _overtaken(row: AuditFinding) -> str:
    done = (
        f"{row.decider}已{terms.DECISIONS[row.decision]}，理由：{row.reason}" if row.decision else "它已被他人撤回处理"
    )
    return f"第 {row.number} 条没有保存：{done}。您填的内容还在，请核对后再提交。"


def _decide(actor: Actor, one: DocumentAudit, row: AuditFinding, decision: str, reason: str) -> None:
    before = row.decision
    row.decision, row.reason, row.version = decision, reason if decision else "", row.version + 1
    row.decided_by, row.decider = (actor.id, actor.name) if decision else (None, "")
    row.decided_at = clock.now() if decision else None
    row.save(update_fields=["decision", "reason", "version", "decided_by", "decider", "decided_at"])
    action = {"accepted": "finding_accepted", "dismissed": "finding_dismissed", "": "finding_reopened"}[decision]
    audit.record(
        actor,
        f"disclosure.{action}",
        "document_audit",
        one.pk,
        number=row.number,
        rule=row.rule,
        before=before,
        reason=reason,
    )


def _locked(actor: Actor, audit_id: int) -> DocumentAudit:
    one = queries.audits(actor).select_for_update().filter(pk=audit_id).first()
    if one is None:
        raise NotHere("审核")
    return one


# ---- the letter -----------------------------------------------------------------------------------------------------


@transaction.atomic
def write_letter(*, actor: Actor, audit_id: int, to: str, sender: str, due_on: date, words: str = "") -> AuditLetter:
    """A letter to the unit with the accepted findings as they stand now; it never changes afterwards.

    Raises `Refusal` when nothing is accepted, a name is missing, or the day to answer by is not after today.
    """
    actor.must(RIGHT)
    one = _locked(actor, audit_id)
    accepted = list(one.findings.filter(decision="accepted"))
    if not accepted:
        raise Refusal("nothing_accepted", "还没有采纳任何发现。请先采纳需要单位说明的发现，再生成核实函。", status=409)
    for name, value, field in (("收函单位", to, "to"), ("发函单位", sender, "sender")):
        if not value.strip():
            raise Refusal("name_missing", f"请填写{name}。", field=field, value=value)
    today = clock.today()
    if not today < due_on <= today + timedelta(days=366):
        raise Refusal(
            "bad_due",
            "答复日期应在今天之后、一年之内。",
            field="due_on",
            value=due_on.isoformat(),
            today=today.isoformat(),
        )
    district = one.place_code // 10**9
    number = f"HS-{district}-{today.year}-{numbering.next_number(f'audit_letter_{district}_{today.year}'):04d}"
    content = {
        "number": number,
        "to": to.strip(),
        "sender": sender.strip(),
        "document": f"{one.unit}{one.year}年{terms.KINDS[one.kind]}",
        "file": one.name,
        "sha256": one.sha256,
        "issued_on": today.isoformat(),
        "due_on": due_on.isoformat(),
        "words": words.strip()[:_LONGEST_TEXT],
        "items": [
            {
                "number": f.number,
                "where": f.where,
                "printed": f.printed,
                "expected": f.expected,
                "difference": f.difference,
                "formula": f.formula,
                "explanation": f.explanation,
            }
            for f in accepted
        ],
    }
    letter = AuditLetter.objects.create(
        audit=one,
        number=number,
        content=content,
        due_on=due_on,
        issued_at=clock.now(),
        issued_by=actor.id,
        issuer=actor.name,
    )
    audit.record(
        actor, "disclosure.letter_written", "audit_letter", number, count=len(accepted), due_at=due_on.isoformat()
    )
    return letter


@transaction.atomic
def note_export(*, actor: Actor, rows: int) -> None:
    """Leave a trace of an exported list."""
    audit.record(actor, "disclosure.audits_exported", "document_audit", "列表", rows=rows)
