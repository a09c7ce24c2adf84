"""How long what is kept, and when it goes. Pure.

个人信息保护法 第十九条: the shortest time that the purpose needs; 第四十七条: what is no longer needed is deleted. Where no law
fixes the years, they are this system's proposal, stated beside each rule and listed for approval before anything goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from wangge.registry import terms


@dataclass(frozen=True, slots=True)
class Rule:
    """`what` goes when `years` have passed since `since` (in words); `basis` says why so long and no longer."""

    code: str
    what: str
    since: str
    years: int
    basis: str
    erases_person: bool = False
    # The special group whose rows go. Such a list is made for a street, and seen and decided by who may see the group alone.
    group: str = ""


_GROUPS = (
    *(("released", "released"), ("correction", "correction"), ("psych", "psychiatric")),
    *(("drug", "drug"), ("hiv", "hiv"), ("youth", "youth")),
)
RULES: Mapping[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule(
            "departed",
            "已迁离人员的档案",
            "迁离之日",
            3,
            "个人信息保护法第十九条；迁离后三年内可能返回或需要核对",
            True,
        ),
        Rule(
            "deceased", "已故人员的档案", "死亡登记之日", 5, "个人信息保护法第十九条、第四十九条；近亲属查阅需要", True
        ),
        *(
            Rule(
                code,
                f"已结束的{terms.SPECIAL[group][0]}登记",
                "登记结束之日",
                5,
                "个人信息保护法第十九条、第二十八条；管理期满后不再需要",
                group=group,
            )
            for code, group in _GROUPS
        ),
        Rule("care", "已结束的关爱登记", "登记结束之日", 5, "个人信息保护法第十九条、第二十八条"),
        Rule("visit", "走访记录的文字内容", "走访之日", 3, "个人信息保护法第十九条；统计只用次数，文字不再需要"),
    )
}
# Records of who looked and who shared are kept at least three years (网络数据安全管理条例 第十二条, 个人信息保护法 第五十六条).
KEEP_YEARS = 3
ANSWER_DAYS = 30  # GB/T 35273-2020 8.7 a): thirty days to answer a request of the person concerned


def cutoff(rule: Rule, today: date) -> date:
    """What ended on or before this day is due. The 29th of February counts as the 28th."""
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return date(today.year - rule.years, today.month, day)


def right(rule: Rule) -> tuple[str, ...]:
    """The rights without which a list of the rule does not exist for somebody."""
    return ("registry.special", f"sees.{rule.group}") if rule.group else ("privacy.handle",)


def may_erase(open_duties: int, open_moves: int, is_active_resident: bool, asked: bool) -> str:
    """Why a record cannot be erased, as a sentence; "" when it can. `asked`: the person asked for it (第四十七条).

    `open_duties` are registrations that last, of care and of special groups: the sentence is the same for all of them, so
    that who may see neither learns from a refusal of no group.
    """
    if open_duties:
        return (
            "此人有依法仍在管理或享受待遇的登记，其中可能有您无权查看的，保存期限未到，不能销档（个人信息保护法第四十七条第二款）。"
            "请以此为由不予办理，或待有关岗位结束登记后再办。"
        )
    if open_moves:
        return "此人有未答复的人员调动。请待调动办结后再销档。"
    if asked and is_active_resident:
        return "此人现住本区，人口基础信息为履行法定职责所必需，不适用删除；可更正或停止其他用途（个人信息保护法第十三条、第三十四条）。"
    return ""
