"""Who may be given what. Pure.

Sources: 《政务信息资源共享管理暂行办法》（国发〔2016〕51号）第九条 (shared without condition, on request, not at all), 第十一条 (an answer
within 10 working days; a refusal says why), 第十二条 (used for the purpose asked for only, not passed on);
《个人信息保护法》第六条 (the least that the purpose needs).
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, timedelta

ANSWER_DAYS = 10
LONGEST = timedelta(days=366)
_MARK = re.compile(r"([0-9]{8,})-([0-9A-Z]{8})")
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def check_request(
    fields: Sequence[str],
    full: Sequence[str],
    offered: Collection[str],
    period: tuple[date, date],
    today: date,
    purpose: str,
    basis: str,
) -> tuple[str, str]:
    """(field, sentence) of what is wrong with a request; two empty texts when nothing is."""
    begins, ends = period
    if not fields:
        return "fields", "请至少选择一个字段。"
    if set(fields) - set(offered):
        return "fields", "申请的字段不在该数据集的共享范围内。请从列表中选择。"
    if set(full) - set(fields):
        return "full", "要求不遮挡的字段须先在申请的字段中选择。"
    if ends < begins:
        return "until_on", "共享期限的止日不能早于起日。"
    if ends < today:
        return "until_on", "共享期限已经过去。请填写今后的日期。"
    if ends - begins > LONGEST:
        return "until_on", "一次申请的期限最长一年，到期可以再次申请。"
    if len(purpose.strip()) < 6:
        return "purpose", "请写清用途：为办理什么事项，怎样使用。"
    if len(basis.strip()) < 4:
        return "legal_basis", "请写明履行职责的依据（文件名称和条款）。"
    return "", ""


def narrowed(asked: Sequence[str], allowed: Sequence[str]) -> list[str]:
    """What of the fields asked for is allowed, in the order asked."""
    return [f for f in asked if f in set(allowed)]


def is_running(state: str, begins: date, ends: date, today: date) -> bool:
    return state == "approved" and begins <= today <= ends


def row_mark(blind: Callable[[str], bytes], delivery: str, row: int) -> str:
    """The trace code of one row of a delivery: whoever finds it can tell from which delivery the row came. `blind` is a keyed
    digest, so that nobody makes codes up."""
    return f"{delivery}{row:04d}-{_short(blind(f'{delivery}/{row}'))}"


def _short(digest: bytes) -> str:
    made = int.from_bytes(digest[:5])
    return "".join(_LETTERS[made >> (5 * i) & 31] for i in range(8))


def read_mark(
    text: str, every: Callable[[str], Iterable[bytes]], deliveries: Collection[str]
) -> tuple[str, int] | None:
    """(delivery, row) of a trace code that is ours; None for one that is made up or misread. `every`: under each key kept."""
    found = _MARK.fullmatch(text.strip().upper())
    if found is None:
        return None
    digits = found[1]
    for size in range(4, len(digits)):
        delivery, row = digits[:-size], int(digits[-size:])
        if delivery in deliveries and found[2] in [_short(d) for d in every(f"{delivery}/{row}")]:
            return delivery, row
    return None


def notice(office: str, purpose: str, until_on: date, mark: str, by: str, day: date) -> str:
    """The watermark that heads every delivery."""
    return (
        f"本数据仅供{office}用于“{purpose}”，有效期至 {until_on:%Y-%m-%d}，不得转给第三方或改作他用。"
        f"由 {by} 于 {day:%Y-%m-%d} 取得，溯源编号 {mark}。"
    )
