"""What the reporter may do with nothing but the number and the query code: rate, say it is not fixed, join a report."""

import hashlib
import hmac
import secrets
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from wangge.casework import queries, rules, terms
from wangge.casework.models import Case, Rating, Supporter
from wangge.casework.services.acts import Act, act, write
from wangge.kernel import audit, clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import Refusal

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_query_code() -> str:
    """Eight characters without look-alikes: about 39 bits, and wrong tries are rate-limited."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def code_digest(code: str) -> str:
    """What is stored of a query code: keyed, so a stolen table does not open the reports."""
    return hmac.new(settings.SECRET_KEY.encode(), code.strip().upper().encode(), hashlib.sha256).hexdigest()


def rate(*, actor: Actor, number: str, code: str, grade: int, text: str = "", channel: str = "portal") -> Case:
    """The reporter's grade of one service. A bad grade re-opens the handling once by itself; the second is for staff."""
    if grade not in terms.GRADES:
        raise Refusal("bad_grade", "请在五个等级中选择一个。", field="grade", value=grade)
    with scope.system(), transaction.atomic():
        case = queries.for_update(SYSTEM, queries.by_query_code(number, code_digest(code)).number)
        if case.state != terms.State.VERIFIED:
            raise Refusal("not_ratable", f"本件目前为“{case.get_state_display()}”，办结核查后才能评价。", status=409)
        around = case.redone + case.reworks
        try:
            with transaction.atomic():
                Rating.objects.create(
                    case=case, round=around, grade=grade, text=text.strip()[:500], at=clock.now(), channel=channel
                )
        except IntegrityError:
            raise Refusal("one_rating_a_service", "这次办理已经评价过，每次办理只能评价一次。", status=409) from None
        command = rules.after_rating(grade, case.redone)
        return act(actor=_reporter(actor), number=case.number, command=command, seen_step=None, text=text, grade=grade)


def contest(*, actor: Actor, number: str, code: str, text: str) -> Case:
    """“还没解决”: within thirty days of closing the reporter has the case handled again, once."""
    if len(text.strip()) < 5:
        raise Refusal("text_short", "请写明还存在什么问题，不少于 5 个字。", field="text", value=text)
    with scope.system(), transaction.atomic():
        case = queries.for_update(SYSTEM, queries.by_query_code(number, code_digest(code)).number)
        if case.state == terms.State.CLOSED and case.closed_at:
            if refusal := rules.may_reopen(case.closed_at, clock.now()):
                raise refusal
            if case.redone:
                raise Refusal(
                    "contested_before", "本件已按您的意见重办过一次。如仍有问题，请重新反映，并注明原编号。", status=409
                )
        return act(actor=_reporter(actor), number=case.number, command="redo", seen_step=None, text=text)


def join(*, actor: Actor, number: str, client_id: UUID, text: str = "") -> tuple[Case, str]:
    """“我也遇到了”: back an open report instead of making a second; gives a query code to the original's progress."""
    with scope.system(), transaction.atomic():
        case = queries.for_update(SYSTEM, number)
        if case.state in terms.FINAL or case.is_secret:
            raise Refusal("not_joinable", "这件反映已结束，不能附议。请继续提交您的反映。", status=409)
        code = new_query_code()
        made, fresh = Supporter.objects.get_or_create(
            client_id=client_id,
            defaults={"case": case, "query_code": code_digest(code), "text": text.strip()[:2000], "at": clock.now()},
        )
        if not fresh:
            made.query_code = code_digest(code)  # sent twice: the later receipt is the one the person holds
            made.save(update_fields=["query_code"])
            return made.case, code
        case.supporters += 1
        joined = Act(_reporter(actor), case, "support_joined", clock.now(), text.strip()[:2000], "", [], {}, False)
        write(joined, case.state)
        audit.record(actor, "casework.supported", case.kind, case.number)
        return case, code


def _reporter(actor: Actor) -> Actor:
    """The public holds no rights; with the right code they act as the reporter, with the system's reach and their own name."""
    return Actor(
        id=0,
        name="反映人",
        lo=SYSTEM.lo,
        hi=SYSTEM.hi,
        channel=actor.channel,
        post_name="",
        rights=frozenset({"events.rate"}),
    )
