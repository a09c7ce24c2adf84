"""What the reporter may do with nothing but the number and the query code: rate, say it is not fixed, join a report."""

import hashlib
import hmac
import secrets
from uuid import UUID

from django.conf import settings
from django.db import transaction

from wangge.casework import queries, rules, terms
from wangge.casework.models import Case, Supporter
from wangge.casework.services import inputs
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
    return hmac.new(
        settings.SECRET_KEY.encode(), str(code or "").strip().upper().encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()


def rate(*, actor: Actor, number: str, code: str, grade: int, text: str = "", channel: str = "portal") -> Case:
    """The reporter's grade of one service. A bad grade re-opens the handling once by itself; the second is for staff."""
    grade, text = inputs.grade(grade), inputs.words("text", text)
    with scope.system(), transaction.atomic():
        case = queries.for_update(SYSTEM, _behind(number, code))
        if case.state != terms.State.VERIFIED:
            raise Refusal("not_ratable", f"本件目前为“{case.get_state_display()}”，办结核查后才能评价。", status=409)
        command = rules.after_rating(grade, case.redone)
        return act(
            actor=_reporter(actor),
            number=case.number,
            command=command,
            seen_step=None,
            text=text,
            grade=grade,
            channel=channel,
        )


def contest(*, actor: Actor, number: str, code: str, text: str) -> Case:
    """“还没解决”: within thirty days of closing the reporter has the case handled again, once."""
    text = inputs.words("text", text)
    if len(text) < 5:
        raise Refusal("text_short", "请写明还存在什么问题，不少于 5 个字。", field="text", value=text)
    with scope.system(), transaction.atomic():
        case = queries.for_update(SYSTEM, _behind(number, code))
        if case.state not in (terms.State.VERIFIED, terms.State.CLOSED):
            sentence = f"本件目前为“{case.get_state_display()}”，办结后才能提出异议。您可以重新反映，并注明原编号。"
            raise Refusal("not_contestable", sentence, status=409)
        if case.closed_at and (refusal := rules.may_reopen(case.closed_at, clock.now())):
            raise refusal
        if case.redone:
            raise Refusal(
                "contested_before", "本件已按您的意见重办过一次。如仍有问题，请重新反映，并注明原编号。", status=409
            )
        return act(actor=_reporter(actor), number=case.number, command="redo", seen_step=None, text=text)


def join(*, actor: Actor, number: str, client_id: UUID, text: str = "") -> tuple[Case, str]:
    """“我也遇到了”: back an open report instead of making a second; gives a query code to the original's progress."""
    text = inputs.words("text", text)
    with scope.system(), transaction.atomic():
        case = queries.for_update(SYSTEM, number)
        if case.state in terms.FINAL or case.is_secret or case.kind != "event":
            raise Refusal("not_joinable", "这件反映已结束，不能附议。请继续提交您的反映。", status=409)
        code = new_query_code()
        made, fresh = Supporter.objects.get_or_create(
            client_id=client_id,
            defaults={"case": case, "query_code": code_digest(code), "text": text, "at": clock.now()},
        )
        if not fresh:
            made.query_code = code_digest(code)  # sent twice: the later receipt is the one the person holds
            made.save(update_fields=["query_code"])
            return made.case, code
        case.supporters += 1
        joined = Act(_reporter(actor), case, "support_joined", clock.now(), text, "", [], {}, False)
        write(joined, case.state)
        audit.record(actor, "casework.supported", case.kind, case.number)
        return case, code


def _behind(number: str, code: str) -> str:
    """The number that a query code answers for: a merged report's own words land on its original."""
    found = queries.by_query_code(number, code_digest(code))
    return found.merged_into.number if found.merged_into is not None else found.number


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
