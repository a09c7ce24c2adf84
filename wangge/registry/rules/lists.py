"""三张清单: what may be asked of a grid, and what a campaign may ask again. Pure.

Sources: 《滨州市社会治理网格化服务管理条例》第十条 (a list of matters, published and adjusted; model of the rule);
《中共中央 国务院关于加强和完善城乡社区治理的意见》(2017) 十三 and 民发〔2015〕156号 (lists of duties and of matters to assist
with, admission of further ones); 民发〔2020〕20号 (what residents' committees must not be asked to certify).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wangge.kernel.errors import Refusal
from wangge.registry.terms import CARE, ROLES
from wangge.registry.terms_quality import FIELDS, FREQUENCIES, LISTS, MONTHS, QUESTIONS

POPULATIONS: dict[str, str] = {"": "全部在册人员", **{k: name for k, (name, _) in ROLES.items()}, **CARE}


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether an item may be asked of the grids, by which version of which list, and why (or why not) in one sentence."""

    allowed: bool
    sentence: str
    list_name: str = ""
    version: int = 0
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """An item as it stands on a list in force."""

    id: int
    code: str
    title: str
    list_name: str
    version: int
    permits: bool


def may_ask(item: str, listed: Sequence[Listed], lists: Sequence[tuple[str, int]]) -> Answer:
    """`item` is the title of what is to be asked; `listed` all items in force there, `lists` (name, version) in force.

    A forbidden item is refused even when another list names it; what no list names is refused; without any list in force
    nothing may be asked, because nothing was admitted.
    """
    wanted = _plain(item)
    found = [one for one in listed if _plain(one.title) == wanted]
    forbidden = next((one for one in found if not one.permits), None)
    if forbidden:
        sentence = f"《{forbidden.list_name}》第 {forbidden.version} 版第 {forbidden.code} 项列明“{forbidden.title}”不得向网格部署。请由责任单位自行办理。"
        return Answer(False, sentence, forbidden.list_name, forbidden.version, forbidden.id)
    allowed = next((one for one in found if one.permits), None)
    if allowed:
        sentence = f"《{allowed.list_name}》第 {allowed.version} 版第 {allowed.code} 项：{allowed.title}"
        return Answer(True, sentence, allowed.list_name, allowed.version, allowed.id)
    if not lists:
        return Answer(False, "本区还没有公布施行的事项清单，不能向网格部署任务。请先公布清单。")
    names = "、".join(f"《{name}》第 {version} 版" for name, version in lists)
    sentence = f"“{item}”不在{names}之内，不能向网格部署。请先按准入程序列入清单，或由责任单位自行办理。"
    return Answer(False, sentence, lists[0][0], lists[0][1])


def forbidden_in(words: str, listed: Sequence[Listed]) -> Listed | None:
    """The first item that must not be asked of a grid and is named in the words, the longest name first."""
    said = _plain(words)
    held = sorted((one for one in listed if not one.permits), key=lambda one: -len(one.title))
    return next((one for one in held if _plain(one.title) in said), None)


def _plain(title: str) -> str:
    return "".join(title.split()).strip("。，,.")


def next_day(frequency: str, earlier: Iterable[date]) -> date | None:
    """The first day on which an item of this frequency may be asked again after the earlier starts; None: any day.

    An item of frequency “一次” that was asked may not be asked again: `date.max`.
    """
    starts = sorted(earlier)
    if not starts or frequency == "need":
        return None
    if frequency == "once":
        return date.max
    return add_months(starts[-1], MONTHS[frequency])


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(day)


def must_not_repeat(title: str, frequency: str, earlier: Iterable[date], from_on: date) -> None:
    """Raises when the item is asked more often than its list says."""
    after = next_day(frequency, earlier)
    if after is not None and from_on < after:
        when = "不再重复部署" if after == date.max else f"最早 {after:%Y-%m-%d} 可再次部署"
        sentence = f"清单规定“{title}”{FREQUENCIES[frequency]}，本区已经部署过，{when}。"
        raise Refusal("asked_too_often", sentence, field="from_on", value=str(from_on))


def campaign_faults(
    title: str, people: str, fields: Collection[str], questions: Sequence[Mapping[str, Any]], allowed: Collection[str]
) -> None:
    """Raises the first `Refusal` of a campaign that may not be put to the grids; `allowed` are the item's fields."""
    if not title.strip():
        raise Refusal("no_title", "请填写任务名称。", field="title")
    if people not in POPULATIONS:
        raise Refusal("unknown_people", "请从列表中选择任务对象。", field="people", value=people)
    if not fields and not questions:
        raise Refusal("nothing_asked", "请至少选择一个采集项，或写一个询问项。", field="fields")
    for field in fields:
        if field not in FIELDS:
            raise Refusal("unknown_field", "请从列表中选择采集项。", field="fields", value=field)
        if field not in allowed:
            sentence = f"清单中这一事项不含“{FIELDS[field]}”，不能采集。请去掉这一项，或先修订清单。"
            raise Refusal("field_not_listed", sentence, field="fields", value=field)
    keys = [q.get("key") for q in questions]
    for question in questions:
        if (
            not question.get("key")
            or not str(question.get("label", "")).strip()
            or question.get("kind") not in QUESTIONS
        ):
            raise Refusal("bad_question", "询问项须有内容和回答方式。请补齐。", field="questions")
        if question["kind"] == "choice" and len(question.get("choices", ())) < 2:
            sentence = f"“{question['label']}”是选项题，至少要有两个选项。"
            raise Refusal("bad_question", sentence, field="questions", value=question["label"])
    if len(set(keys)) < len(keys):
        raise Refusal("question_twice", "询问项重复。请删除重复的一项。", field="questions")


def answer_faults(questions: Sequence[Mapping[str, Any]], values: Mapping[str, str]) -> dict[str, str]:
    """The answers to the questions of a campaign, or the first `Refusal`."""
    known = {q["key"]: q for q in questions}
    for key, value in values.items():
        question = known.get(key)
        if question is None:
            raise Refusal("unknown_question", "这一项不是本任务的询问项。请刷新后再填。", field=key)
        if question["kind"] == "yes_no" and value not in ("是", "否"):
            raise Refusal("bad_answer", f"“{question['label']}”只能答是或否。", field=key, value=value)
        if question["kind"] == "choice" and value not in question["choices"]:
            raise Refusal("bad_answer", f"“{question['label']}”请从选项中选择。", field=key, value=value)
        if len(value) > 200:
            raise Refusal("bad_answer", f"“{question['label']}”最长 200 字，请缩短。", field=key)
    if missing := next((q for k, q in known.items() if not values.get(k, "").strip()), None):
        raise Refusal("no_answer", f"“{missing['label']}”还没有回答。", field=missing["key"])
    return {k: values[k].strip() for k in known}


def list_faults(kind: str, name: str, items: Sequence[tuple[str, str]]) -> None:
    """Raises the first `Refusal` of a list that cannot be published; `items` are (code, title)."""
    if kind not in LISTS:
        raise Refusal("unknown_list", "请从列表中选择清单种类。", field="kind", value=kind)
    if not name.strip():
        raise Refusal("no_name", "请填写清单名称。", field="name")
    if not items:
        raise Refusal("no_items", "清单还没有事项。请先逐项录入。", field="items")
    titles = [_plain(title) for _, title in items]
    if twice := next((title for title in titles if titles.count(title) > 1), None):
        raise Refusal("item_twice", f"清单中“{twice}”出现两次。请删除重复的一项。", field="items", value=twice)
