"""Writes of publications: made from the books, reviewed by two people, published, withdrawn, corrected."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from django.db import transaction

from wangge.disclosure.publications import contents, queries, rules
from wangge.disclosure.publications.models import Publication, PublicationFile, PublicationStep
from wangge.kernel import audit, clock, files, flow, numbering
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal


def digest(value: Any) -> str:
    """SHA-256 of a value as sorted JSON: the digest of what was published, whichever format it is read in."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


@transaction.atomic
def make(
    *, actor: Actor, unit_code: str, year: int, kind: str, approved_on: date, approval: str, replaces: str = ""
) -> Publication:
    """A draft from the books as they stand: files in three formats, frozen contents, and our own audit of them.

    `approved_on` and `approval` are day and number of the approval that the twenty days run from. `replaces` is the
    number of the published one that this corrects. Refuses what has a draft already (by its constraint), and a future approval.
    """
    actor.must(rules.PREPARE)
    _check_approval(approved_on, approval, year)
    old = queries.for_update(actor, replaces) if replaces else None
    if old is not None and (old.state != "published" or (old.unit_code, old.year, old.kind) != (unit_code, year, kind)):
        raise Refusal(
            "not_replaceable",
            "只能更正同一单位、同一年度、同类而且正在公开的公开件。",
            field="replaces",
            value=replaces,
        )
    built = contents.build(actor, unit_code, year, kind)
    series = built.place_code // 10**9, clock.today().year
    one = Publication(
        number=f"GK-{series[0]}-{series[1]}-{numbering.next_number(f'publication_{series[0]}_{series[1]}'):04d}",
        place_code=built.place_code,
        department_id=built.department_id,
        unit_code=unit_code,
        unit_name=built.unit_name,
        year=year,
        kind=kind,
        title=built.title,
        approved_on=approved_on,
        approval=approval.strip(),
        contents=built.contents,
        contents_sha256=digest(built.contents),
        audit=built.audit,
        preparer_id=actor.id,
        replaces=old,
    )
    one.save(force_insert=True)
    _keep_files(actor, one, built.files, one.seen)
    _step(actor, one, "make", "")
    return one


@transaction.atomic
def refresh(*, actor: Actor, number: str, seen: int) -> Publication:
    """Make the draft anew from the books as they stand now; whoever does so is its preparer."""
    one = _advance(actor, number, "refresh", seen)
    built = contents.build(actor, one.unit_code, one.year, one.kind)
    one.contents, one.contents_sha256, one.audit = built.contents, digest(built.contents), built.audit
    one.preparer_id, one.explanations = actor.id, {}
    _keep_files(actor, one, built.files, one.seen + 1)
    return _finish(actor, one, "refresh", "")


@transaction.atomic
def explain(*, actor: Actor, number: str, seen: int, words: Mapping[str, str]) -> Publication:
    """Say of a suspicious finding (by its index in `audit["findings"]`) why it is right as it is printed."""
    one = _advance(actor, number, "refresh", seen)
    known = {str(i) for i, f in enumerate(one.audit["findings"]) if f["severity"] == "suspicious"}
    if unknown := set(words) - known:
        raise Refusal("no_such_finding", "没有这一条疑点，请刷新页面后再填。", field="words", value=min(unknown))
    one.explanations = {**one.explanations, **{k: v.strip()[:500] for k, v in words.items()}}
    return _finish(actor, one, "explain", "")


@transaction.atomic
def submit(*, actor: Actor, number: str, seen: int) -> Publication:
    """Hand the draft to review. An error of our own audit stops it; a suspicious finding must be explained first."""
    one = _advance(actor, number, "submit", seen)
    wrong = [f for f in one.audit["findings"] if f["severity"] == "error"]
    if wrong:
        raise Refusal(
            "audit_errors",
            f"自审发现 {len(wrong)} 处错误，第一处：{wrong[0]['where']}，印作 {wrong[0]['printed']}，应为 {wrong[0]['expected']}。"
            "请改正账目后重新生成。",
            status=409,
        )
    silent = [
        f
        for i, f in enumerate(one.audit["findings"])
        if f["severity"] == "suspicious" and not one.explanations.get(str(i))
    ]
    if silent:
        raise Refusal(
            "unexplained",
            f"还有 {len(silent)} 处疑点没有说明，第一处：{silent[0]['where']}。请逐条说明后再提交。",
            status=409,
        )
    return _finish(actor, one, "submit", "")


@transaction.atomic
def review(*, actor: Actor, number: str, seen: int, command: str, words: str = "") -> Publication:
    """`pass_first`, `pass_second` or `send_back` (with a reason). The two reviewers and the preparer are three people."""
    if command not in ("pass_first", "pass_second", "send_back"):
        raise Refusal("illegal_move", "没有这种审核操作。", field="command", value=command)
    one = _advance(actor, number, command, seen, words)
    if command == "pass_first":
        one.first_reviewer_id = actor.id
    elif command == "pass_second":
        one.second_reviewer_id = actor.id
    else:
        one.first_reviewer_id = one.second_reviewer_id = None
    return _finish(actor, one, command, words)


@transaction.atomic
def publish(*, actor: Actor, number: str, seen: int) -> Publication:
    """Put it on the portal. A correction takes the place of the one it corrects in the same moment."""
    one = _advance(actor, number, "publish", seen)
    if one.replaces:
        old = queries.for_update(actor, one.replaces.number)
        flow.move(rules.MOVES, old.state, "supersede", rules.LABELS)
        old.state, old.ended_at, old.reason = "superseded", clock.now(), f"由 {one.number} 更正"
        _finish(actor, old, "supersede", old.reason)
    one.published_at = clock.now()
    return _finish(actor, one, "publish", "")


@transaction.atomic
def withdraw(*, actor: Actor, number: str, seen: int, reason: str) -> Publication:
    """Take it off the portal; the address stays and says that it was withdrawn, when and why."""
    one = _advance(actor, number, "withdraw", seen, reason)
    one.ended_at, one.reason = clock.now(), reason.strip()[:500]
    return _finish(actor, one, "withdraw", reason)


@transaction.atomic
def cancel(*, actor: Actor, number: str, seen: int, reason: str) -> Publication:
    """Give up a draft."""
    one = _advance(actor, number, "cancel", seen, reason)
    one.ended_at, one.reason = clock.now(), reason.strip()[:500]
    return _finish(actor, one, "cancel", reason)


def _check_approval(approved_on: date, approval: str, year: int) -> None:
    if approved_on > clock.today():
        raise Refusal("approval_in_future", "批复日期不能晚于今天。", field="approved_on", value=approved_on)
    if approved_on.year < year - 1:
        raise Refusal(
            "approval_too_early",
            f"{year} 年度的批复不会早于 {year - 1} 年，请核对批复日期。",
            field="approved_on",
            value=approved_on,
        )
    if not approval.strip():
        raise Refusal("approval_missing", "请填写批复文号。", field="approval", value=approval)


def _advance(actor: Actor, number: str, command: str, seen: int, reason: str = "") -> Publication:
    one = queries.for_update(actor, number)
    found = flow.move(rules.MOVES, one.state, command, rules.LABELS)
    if refusal := flow.barrier(found, actor, command, rules.LABELS, queries.relations(actor, one)):
        raise refusal
    if refusal := flow.missing(found, rules.LABELS, {"reason": reason.strip()}):
        raise refusal
    if seen != one.seen:
        raise Refusal(
            "changed_meanwhile", "这个公开件刚被别人改动过。请刷新页面，看过之后再办。", status=409, seen=one.seen
        )
    one.state = found.to
    return one


def _finish(actor: Actor, one: Publication, command: str, words: str) -> Publication:
    one.seen += 1
    one.save()
    _step(actor, one, command, words)
    return one


def _step(actor: Actor, one: Publication, command: str, words: str) -> None:
    PublicationStep.objects.create(
        publication=one,
        seq=one.seen,
        at=clock.now(),
        command=command,
        state=one.state,
        actor_id=actor.id,
        actor_name=actor.name,
        words=words.strip()[:500],
    )
    audit.record(actor, f"disclosure.publication_{command}", "publication", one.number, state=one.state)


def _keep_files(actor: Actor, one: Publication, built: Mapping[str, tuple[str, bytes]], version: int) -> None:
    for kind, (name, data) in built.items():
        kept = files.put(data, name=name, actor=actor)
        PublicationFile.objects.create(
            publication=one, format=kind, name=name, sha256=kept.sha256, size=kept.size, version=version
        )
