"""Rules of a transfer of land. Pure.

Source: 行政区划管理条例（国务院令第704号）第四条、第十五条 (a change is prepared with its effects named, and handed over in
writing); the four lists are those of the published accounts of 石峰区 2022 (职责清单、任务清单、问题清单、保障清单).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from wangge.territory.rules import land
from wangge.territory.terms import TRANSFER_LISTS

# Before its day a signed transfer may still be given up; what was carried out is history.
OPEN = ("draft", "offered", "signed")


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of everything the two sides agree to."""
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def faults(
    kind: str,
    cells: Sequence[tuple[int, int]],
    known: Iterable[int],
    planned: Mapping[int, str],
    from_district: int,
    to_district: int,
    lists: Iterable[str],
) -> list[str]:
    """What keeps a plan from being offered for signature, as sentences; none: it may be.

    `cells` are (cell, receiving community), `known` the communities that exist, `planned` new divisions by code, `lists` the
    kinds of list that have at least one line.
    """
    found = []
    if not cells:
        found.append("还没有列入移交的网格。请先选择网格和接收社区。")
    existing = set(known)
    for _, community in cells:
        if community not in existing and community not in planned:
            found.append(f"接收社区 {land.fmt(community)} 既不存在，也不在拟设区划中。请先在拟设区划中登记名称。")
    for code in sorted({c for c in planned if c % 10**9}):
        up = land.parent(code)
        if up is not None and up not in existing and up not in planned:
            found.append(f"拟设的“{planned[code]}”没有上级区划 {land.fmt(up)}。请一并登记上级区划。")
    for cell, community in cells:
        if cell - cell % 10**9 != from_district:
            found.append(f"网格 {land.fmt(cell)} 不属于移出区。请从清单中去掉。")
        if community - community % 10**9 != to_district:
            found.append(f"接收社区 {land.fmt(community)} 不属于接收区。请更正。")
    if kind == "pass":
        have = set(lists)
        found += [
            f"{name}还是空的。移交其他管理机构须列明四张清单，没有内容的请写明“无”。"
            for code, name in TRANSFER_LISTS.items()
            if code not in have
        ]
    elif from_district != to_district:
        found.append("合并、拆分只在本区内进行。移交到其他区请选择“移交其他管理机构”。")
    return list(dict.fromkeys(found))


def may_carry_out(state: str, on: date, today: date) -> str:
    """Why not, as a sentence; "" when it may."""
    if state != "signed":
        return "双方签署后才能执行。" if state in ("draft", "offered") else "这次移交已经结束。"
    return "" if on <= today else f"生效日期是 {on}，到这一天才执行；在此之前可以取消。"


def whole(cells: Iterable[tuple[int, int]], living: Iterable[int]) -> dict[int, int]:
    """Communities that pass whole to one community: old → new. `living` are all living cells of the old communities."""
    to: dict[int, set[int]] = {}
    passing = set()
    for cell, community in cells:
        to.setdefault(cell - cell % 1000, set()).add(community)
        passing.add(cell)
    stay = {c - c % 1000 for c in living if c not in passing}
    return {old: next(iter(new)) for old, new in to.items() if len(new) == 1 and old not in stay}
