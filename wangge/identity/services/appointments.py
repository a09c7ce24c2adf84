"""Who holds which post, from when until when; standing in, and handing over."""

from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from wangge.identity import facts, rules
from wangge.identity.models import Account, Appointment, Post
from wangge.kernel import audit, outbox
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal


def _account(account_id: int) -> Account:
    """The account, locked: two officers' posts given at once to one person must see one another."""
    account = Account.objects.select_for_update().filter(pk=account_id).first()
    if account is None:
        raise NotHere("账号")
    if not account.is_active:
        raise Refusal(
            "account_stopped", f"{account.full_name}的账号已停用。请先启用账号，或另选他人。", field="account"
        )
    return account


def _post(post_id: int) -> Post:
    post = Post.objects.select_for_update().filter(pk=post_id).first()
    if post is None:
        raise NotHere("岗位")
    if not post.is_active:
        raise Refusal("post_closed", f"岗位“{post.name}”已停用。请另选岗位。", field="post")
    return post


def _appointment(actor: Actor, appointment_id: int) -> Appointment:
    found = (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("post", "account")
        .filter(pk=appointment_id)
        .first()
    )
    if found is None:
        raise NotHere("任职")
    actor.must(rules.who_appoints(found.post.role_id))
    return found


def _place(actor: Actor, account: Account, post: Post, starts: date, ends: date | None) -> None:
    """Refuse what the rules of appointing forbid. The caller holds the account's lock."""
    actor.must(rules.who_appoints(post.role_id))
    if account.pk == actor.id:
        raise Refusal("not_oneself", "不能任命自己。请由另一名管理员操作。", field="account", status=409)
    held = [
        rules.Term(a.post.role_id, a.period.lower, a.period.upper)
        for a in Appointment.objects.filter(account=account).select_related("post")
    ]
    wrong = rules.check_period(starts, ends) or rules.may_appoint(post.role_id, starts, ends, held)
    if wrong is not None:
        raise wrong


@transaction.atomic
def appoint(
    *,
    actor: Actor,
    account_id: int,
    post_id: int,
    starts: date,
    ends: date | None = None,
    is_primary: bool = False,
    handover: str = "",
) -> Appointment:
    """Give somebody a post from `starts` until the day before `ends` (None: until further notice)."""
    account, post = _account(account_id), _post(post_id)
    _place(actor, account, post, starts, ends)
    made = Appointment.objects.create(
        account=account,
        post=post,
        period=DateRange(starts, ends),
        kind=Appointment.Kind.REGULAR,
        is_lead=post.role_id == "lead",
        is_primary=is_primary,
        handover=handover.strip(),
    )
    audit.record(actor, "identity.appointed", "post", post.code, account=account.pk, starts=starts, ends=ends)
    return made


def _shorten(appointment: Appointment, ends: date) -> None:
    """Let the term, and whoever stands in during it, end by the day."""
    for cover in Appointment.objects.select_for_update().filter(covers=appointment, period__endswith__gt=ends):
        if cover.period.lower >= ends:
            raise Refusal(
                "cover_after_end",
                f"{cover.period.lower:%Y-%m-%d} 起已安排他人代管，晚于所填结束日期。请先撤销代管。",
                field="ends",
            )
        cover.period = DateRange(cover.period.lower, ends)
        cover.save(update_fields=["period"])
    appointment.period = DateRange(appointment.period.lower, ends)


@transaction.atomic
def end_appointment(*, actor: Actor, appointment_id: int, ends: date, handover: str = "") -> Appointment:
    """Let a term end: `ends` is the first day the post is no longer held. A cover within it ends as well."""
    found = _appointment(actor, appointment_id)
    wrong = rules.check_period(found.period.lower, ends)
    if wrong is not None:
        raise wrong
    if found.period.upper is not None and found.period.upper <= ends:
        raise Refusal(
            "already_ends",
            f"这项任职已定于 {found.period.upper:%Y-%m-%d} 结束。如要延长，请重新任命。",
            field="ends",
            value=ends.isoformat(),
        )
    _shorten(found, ends)
    found.handover = handover.strip() or found.handover
    found.save(update_fields=["period", "handover"])
    audit.record(actor, "identity.appointment_ended", "post", found.post.code, account=found.account_id, ends=ends)
    return found


@transaction.atomic
def cover(*, actor: Actor, appointment_id: int, account_id: int, starts: date, ends: date) -> Appointment:
    """Let somebody stand in for the holder of a post from `starts` until the day before `ends`."""
    account = _account(account_id)
    covered = _appointment(actor, appointment_id)
    if covered.kind == Appointment.Kind.COVER:
        raise Refusal("cover_of_cover", "代管不能再由他人代管。请改为代管原任职人员。", status=409)
    if covered.account_id == account.pk:
        raise Refusal("cover_oneself", "代管人须是另一个人。请另选他人。", field="account")
    _place(actor, account, covered.post, starts, ends)
    within = covered.period.lower <= starts and (covered.period.upper is None or ends <= covered.period.upper)
    if not within:
        raise Refusal("cover_outside", "代管日期须在被代管人的任期之内。请核对起止日期。", field="starts")
    other = (
        Appointment.objects.filter(covers=covered, period__overlap=DateRange(starts, ends))
        .select_related("account")
        .first()
    )
    if other is not None:
        raise Refusal(
            "already_covered",
            f"这段时间已由{other.account.full_name}代管。请先结束原代管，或选择不重叠的日期。",
            field="starts",
        )
    made = Appointment.objects.create(
        account=account,
        post=covered.post,
        period=DateRange(starts, ends),
        kind=Appointment.Kind.COVER,
        covers=covered,
        is_lead=covered.is_lead,
    )
    audit.record(
        actor,
        "identity.covered",
        "post",
        covered.post.code,
        account=account.pk,
        covers=covered.account_id,
        starts=starts,
        ends=ends,
    )
    return made


@transaction.atomic
def hand_over(*, actor: Actor, appointment_id: int, to_account_id: int, on: date, note: str = "") -> Appointment:
    """Pass a post from its holder to somebody else from the day `on`; the new appointment.

    The rooms above hear of it (`PostHandedOver`) and move or list what is open at the post.
    """
    account = _account(to_account_id)
    before = _appointment(actor, appointment_id)
    if before.kind == Appointment.Kind.COVER:
        raise Refusal("cover_of_cover", "代管不能交接。请结束代管，或交接原任职人员的岗位。", status=409)
    if before.account_id == account.pk:
        raise Refusal("handover_oneself", "接任人须是另一个人。请另选他人。", field="account")
    wrong = rules.check_period(before.period.lower, on)
    if wrong is None and before.period.upper is not None and on > before.period.upper:
        wrong = Refusal("already_ends", "交接日期晚于原任期的结束日期。请核对日期。", field="on")
    if wrong is not None:
        raise wrong
    ends = before.period.upper
    if ends == on:
        ends = None
    _place(actor, account, before.post, on, ends)
    _shorten(before, on)
    before.handover = note.strip()
    before.save(update_fields=["period", "handover"])
    after = Appointment.objects.create(
        account=account,
        post=before.post,
        period=DateRange(on, ends),
        kind=Appointment.Kind.REGULAR,
        is_lead=before.is_lead,
        is_primary=not Appointment.objects.filter(account=account, is_primary=True, period__contains=on).exists(),
        handover=note.strip(),
    )
    audit.record(
        actor,
        "identity.handed_over",
        "post",
        before.post.code,
        before=before.account_id,
        after=account.pk,
        on=on,
    )
    outbox.publish(
        facts.PostHandedOver(
            appointment_id=after.pk,
            post_id=before.post_id,
            from_account_id=before.account_id,
            to_account_id=account.pk,
            on=on,
        )
    )
    return after
