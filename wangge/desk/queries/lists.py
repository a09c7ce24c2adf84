"""The case lists of the desk: filters from the address, rows ready to print, the export. Inbox, console and search share it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from wangge.casework import queries as casework
from wangge.casework import terms
from wangge.events import queries as events
from wangge.identity import queries as identity
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.paging import Page, count_capped, page
from wangge.kernel.tables import Column
from wangge.territory import queries as territory

# Columns of the case lists, in their order on the page; the first six are shown until the reader chooses otherwise.
COLUMNS = {
    "number": "编号",
    "title": "标题",
    "place": "地点",
    "holder": "在谁处",
    "state": "状态",
    "due": "时限",
    "category": "类别",
    "source": "来源",
    "urgency": "紧急程度",
    "received": "收件时间",
    "lead": "主办单位",
    "reporter": "反映次数",
}
SHOWN_AT_FIRST = ("number", "title", "place", "holder", "state", "due")
SORTS = {
    "number": ("id",),
    "due": ("due_at", "id"),
    "place": ("place_code", "id"),
    "state": ("state", "id"),
    "received": ("received_at", "id"),
}
# Sorting by these needs the open cases' index or a short list: of all cases of ten years it would be a long wait.
SORTS_OF_ALL = ("number",)
PAGE_SIZE = 50
EXPORT_AT_MOST = 50_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader asked a case list for, parsed; `given` is the same as it stood in the address, for the form."""

    words: str = ""
    states: tuple[str, ...] = ()
    category: str = ""
    source: str = ""
    place: int | None = None
    card: str = ""
    since: date | None = None
    until: date | None = None
    department: str = ""
    mine: bool = False
    overdue: bool = False
    open_only: bool = False
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not any(v for k, v in self.given.items() if k not in ("sort", "after"))


def read_filters(given: Mapping[str, str], states: Sequence[str] = ()) -> Filters:
    """Parse a query string. Raises `Refusal` naming the parameter that cannot be read."""
    known = set(map(str, terms.STATES))
    return Filters(
        words=given.get("q", "").strip()[:60],
        states=tuple(s for s in states if s in known),
        category=given.get("category", "") if given.get("category", "").isdigit() else "",
        source=given.get("source", "") if given.get("source", "") in terms.SOURCES else "",
        place=_place(given.get("place", "")),
        card=given.get("card", "") if given.get("card", "") in terms.CARDS else "",
        since=_day(given.get("since", ""), "since"),
        until=_day(given.get("until", ""), "until"),
        department=given.get("department", "").strip(),
        mine=given.get("mine") == "1",
        overdue=given.get("overdue") == "1",
        open_only=given.get("open") == "1",
        given={k: v for k, v in given.items() if v},
    )


def _place(raw: str) -> int | None:
    if not raw:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) == 15):
        raise Refusal("bad_place", "地点编码应为 15 位数字。请从列表中选择街道、社区或网格。", field="place", value=raw)
    return int(raw)


def _day(raw: str, name: str) -> date | None:
    if not raw:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise Refusal("bad_date", f"“{raw}”不是日期，请按 2026-01-31 的格式填写。", field=name, value=raw) from None


def midnight(day: date) -> datetime:
    """The moment a day begins in China."""
    return datetime(day.year, day.month, day.day, tzinfo=clock.ZONE)


def cases(actor: Actor, asked: Filters) -> QuerySet[Any]:
    """The one query behind list, count, export, map and console."""
    received = None
    if asked.since or asked.until:
        first = midnight(asked.since) if asked.since else midnight(date(2000, 1, 1))
        last = midnight(asked.until + timedelta(days=1)) if asked.until else clock.now() + timedelta(days=1)
        received = (first, last)
    return casework.search(
        actor,
        words=asked.words,
        states=asked.states,
        category=asked.category,
        source=asked.source,
        place=territory.interval(asked.place) if asked.place else None,
        card=asked.card,
        received=received,
        department=_department_id(asked.department),
        open_only=asked.open_only,
        mine=asked.mine,
        overdue_at=clock.now() if asked.overdue else None,
    )


def _department_id(code: str) -> int | None:
    if not code:
        return None
    try:
        return identity.department(code).pk
    except NotHere:
        return 0


def order_of(sort: str, default: str, allowed: Iterable[str]) -> tuple[str, tuple[str, ...], bool]:
    """`(sort, columns, descending)` for `?sort=due` or `?sort=-due`; the default when it is not one of the allowed."""
    name = sort.removeprefix("-")
    if name not in allowed or name not in SORTS:
        sort, name = default, default.removeprefix("-")
    return sort, SORTS[name], sort.startswith("-")


@dataclass(slots=True)
class Row:
    """One line of a case list, with everything it prints."""

    case: Any
    place: str
    holder: str
    yellow: datetime | None
    category: str

    @property
    def held(self) -> bool:
        return bool(self.case.state == "held")

    @property
    def place_short(self) -> str:
        """The place without its district, which the whole page shares."""
        return self.place.partition("·")[2] or self.place

    @property
    def tone(self) -> str:
        """The colour of its point on the map: red when late, amber near the limit."""
        due, now = self.case.due_at, clock.now()
        if due is None or self.held:
            return ""
        return "red" if now > due else "amber" if self.yellow and now >= self.yellow else ""


def rows(found: Iterable[Any]) -> list[Row]:
    """The cases as list rows. Names come from what is kept in memory: two queries for the whole list."""
    listed = list(found)
    yellow = casework.yellow_of(listed) if listed else {}
    labels: dict[tuple[int, str], str] = {}
    made = []
    for case in listed:
        key = (case.district_code, case.category)
        if key not in labels:
            labels[key] = category_label(*key)
        made.append(Row(case, territory.path_of(case.place_code), holder_of(case), yellow.get(case.pk), labels[key]))
    return made


def holder_of(case: Any) -> str:
    """Who has the case now: an office, the officers of a cell, or nobody."""
    if case.holder_place is not None:
        return f"{territory.name_of(case.holder_place)}网格员"
    return case.holder.short if case.holder else "—"


def category_label(district: int, code: str) -> str:
    """`市容环境·暴露垃圾` by today's catalogue; the code itself when the catalogue no longer has it."""
    if not code:
        return "未定类别"
    try:
        found = events.category(district, code)
    except Refusal:
        return code
    return found.full_name if found else code


@dataclass(slots=True)
class Listing:
    """A page of a case list: rows, cursors, how many in all (`500+` beyond the cap), and how it is sorted."""

    page: Page
    rows: list[Row]
    total: str
    sort: str
    sorts: tuple[str, ...]
    default: str


def listing(found: QuerySet[Any], *, sort: str, default: str, allowed: Sequence[str], after: str | None) -> Listing:
    """One page of a case list."""
    sort, order, desc = order_of(sort, default, allowed)
    one = page(found, order=order, after=after or None, size=PAGE_SIZE, desc=desc)
    return Listing(one, rows(one.rows), count_capped(found), sort, tuple(allowed), default)


EXPORT_COLUMNS = [
    Column("number", "编号"),
    Column("title", "标题"),
    Column("text", "内容"),
    Column("category", "类别"),
    Column("place", "地点"),
    Column("place_code", "网格编码", "code"),
    Column("state", "状态"),
    Column("holder", "在谁处"),
    Column("lead", "主办单位"),
    Column("source", "来源"),
    Column("urgency", "紧急程度"),
    Column("received_at", "收件时间", "datetime"),
    Column("due_at", "到期时间", "datetime"),
    Column("card", "督办牌"),
    Column("returns", "退回次数", "int"),
    Column("outcome", "办理结果"),
    Column("grade", "评价"),
    Column("closed_at", "结案时间", "datetime"),
]


def export_rows(found: QuerySet[Any]) -> Iterable[dict[str, Any]]:
    """The rows of a list as its table file has them. `Refusal` above 50,000 rows."""
    if found.order_by()[: EXPORT_AT_MOST + 1].count() > EXPORT_AT_MOST:
        raise Refusal("export_large", f"超过 {EXPORT_AT_MOST} 件，不能一次导出。请按日期或街道分段导出。")
    labels: dict[tuple[int, str], str] = {}
    for case in found.iterator(2000):
        key = (case.district_code, case.category)
        if key not in labels:
            labels[key] = category_label(*key)
        yield {
            "number": case.number,
            "title": case.title,
            "text": case.text,
            "category": labels[key],
            "place": territory.path_of(case.place_code),
            "place_code": str(case.place_code),
            "state": case.get_state_display(),
            "holder": holder_of(case),
            "lead": case.lead.name if case.lead else "",
            "source": case.get_source_display(),
            "urgency": case.get_urgency_display(),
            "received_at": case.received_at,
            "due_at": case.due_at,
            "card": case.get_card_display(),
            "returns": case.returns,
            "outcome": case.get_outcome_display(),
            "grade": terms.GRADES.get(case.grade or 0, ""),
            "closed_at": case.closed_at,
        }
