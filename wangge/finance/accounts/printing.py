"""A payment on paper."""

from decimal import Decimal
from typing import Any

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")


def in_words(amount: Decimal) -> str:
    """Yuan as vouchers write it, 12100.05 → 壹万贰仟壹佰元零伍分 (票据法 第八条: words and figures must agree).

    《会计基础工作规范》第五十二条: zeros between figures are written once; 整 ends what has no fen.
    """
    sign, fen = ("负" if amount < 0 else ""), int(abs(amount) * 100)
    yuan, jiao, fen = fen // 100, fen // 10 % 10, fen % 10
    words = _whole(yuan) + "元" if yuan else ""
    if jiao:
        words += DIGITS[jiao] + "角"
    elif fen and yuan:
        words += "零"
    words += DIGITS[fen] + "分" if fen else "整"
    return sign + (words if yuan or jiao or fen else "零元整")


def _whole(number: int) -> str:
    words, gap = "", False
    for at in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**at % 10
        if digit:
            words += ("零" if gap else "") + DIGITS[digit] + UNITS[at % 4]
        gap = not digit if words else False
        if at % 4 == 0 and number // 10**at % 10_000:
            words += GROUPS[at // 4]
    return words


def slip(payment: Any, line: dict[str, Any], files: int) -> dict[str, Any]:
    """What the slip of a payment prints; `line` is the line's key in words."""
    pairs = [
        ("单位", f"{payment.unit.code} {payment.unit.name}"),
        ("状态", payment.get_state_display() + ("（红字）" if payment.reverses_id else "")),
        ("功能分类", f"{line['row'].function} {line['function']}"),
        ("经济分类", f"{line['row'].economic} {line['economic']}"),
        ("项目", line["project"]),
        ("资金来源", line["source"]),
        ("收款人", payment.payee),
        ("日期", f"{payment.on:%Y-%m-%d}"),
        ("小写金额", f"¥{payment.amount:,.2f}"),
        ("大写金额", in_words(payment.amount)),
        ("凭证号", payment.voucher or "未支付"),
        ("附件", f"{files} 个"),
    ]
    if payment.contract:
        pairs += [("合同", f"{payment.contract.number} {payment.contract.name}"), ("期次", str(payment.instalment.seq))]
    if payment.case_number:
        pairs += [("事件编号", payment.case_number), ("", "")]
    return {
        "title": "支付审批单",
        "number": payment.number,
        "pairs": pairs,
        "purpose": payment.purpose,
        "note": payment.note,
        "asked": f"{payment.asked_name}  {payment.asked_at:%Y-%m-%d}",
        "decided": f"{payment.decided_name}  {payment.decided_at:%Y-%m-%d}" if payment.decided_at else "",
    }
