"""What a person is given to see of themselves, as a spreadsheet; and what the page shows, masked.

The special groups are not in the copy: who makes it may not see them. The copy says so to everybody alike, and names whom to
ask, so that the sentence tells nothing (个人信息保护法 第四十五条: copies are given, save where the law keeps a matter apart).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from wangge.kernel import tables
from wangge.registry import queries as registry

COLUMNS = (
    tables.Column("part", "类别"),
    tables.Column("title", "项目"),
    tables.Column("value", "内容"),
    tables.Column("source", "来源"),
    tables.Column("on", "日期"),
    tables.Column("by", "核实人"),
)
APART = (
    "依法由司法、公安、卫生、共青团等部门专门管理的事项不在本副本内；如需查询，请向主管部门提出。本说明对所有人相同。"
)


def masked(told: Mapping[str, str]) -> dict[str, str]:
    """What the asker gave, the numbers masked."""
    return {
        **told,
        "id_number": registry.masked("id_number", told["id_number"]),
        "phone": registry.masked("phone", told["phone"]),
        "subject_number": registry.masked("id_number", told["subject_number"]),
    }


def shown(people: Iterable[Any]) -> list[dict[str, Any]]:
    """Records to choose from: id, name, and what tells two of the same name apart."""
    found = []
    for one in people:
        held = registry.masked_core(one)
        born = f"{one.birth_on:%Y-%m-%d} 出生" if one.birth_on else ""
        found.append(
            {"id": one.pk, "name": one.name, "about": "，".join(x for x in (born, held.get("id_number", "")) if x)}
        )
    return found


def rows(found: Mapping[str, Any]) -> list[tuple[str, str, str, str, str, str]]:
    """Every line of the copy: (part, title, value, source, day, verifier)."""
    record, numbers = found["record"], found["numbers"]
    out = []
    for part, fields in record.groups:
        for f in fields:
            value = numbers.get(f.key) or f.value
            if value:
                out.append((part, f.title, value, f.source, f.on, f.by))
    for part, episodes in (("身份登记", record.roles), ("关爱登记", record.cares)):
        for e in episodes:
            until = f" 至 {e.row.until:%Y-%m-%d}" if e.row.until else " 起"
            said = "；".join(f"{k}：{v}" for k, v in e.details)
            out.append(
                (
                    part,
                    e.title,
                    f"{e.row.since:%Y-%m-%d}{until}　{said}",
                    e.row.source,
                    f"{e.row.at:%Y-%m-%d}",
                    e.row.by,
                )
            )
    for r in record.residences:
        until = f" 至 {r.until:%Y-%m-%d}" if r.until else " 起"
        out.append(
            (
                "居住",
                r.get_kind_display(),
                f"{r.dwelling.address.full}　{r.since:%Y-%m-%d}{until}",
                r.source,
                f"{r.at:%Y-%m-%d}",
                r.by,
            )
        )
    for c in record.changes:
        out.append(
            (
                "变更",
                c.title,
                f"由“{c.before}”改为“{c.after}”",
                c.change.source,
                f"{c.change.from_on:%Y-%m-%d}",
                c.change.by,
            )
        )
    for e in (*record.roles, *record.cares):
        for change in e.earlier:
            said = "；".join(f"{title}由“{before}”改为“{after}”" for title, before, after in change.fields)
            out.append(("变更", e.title, said, change.source, f"{change.from_on:%Y-%m-%d}", change.by))
    for _link, copied, fields in found["others"]:
        said = "；".join(f"{k}：{v}" for k, v in fields if v)
        out.append(("其他系统提供", copied.source.name, said, copied.source.owner.name, "", ""))
    for seen in found["looks"]:
        out.append(("谁查看过", seen.post, seen.reason, "", f"{seen.at:%Y-%m-%d}", seen.by))
    return [*out, ("说明", "未列入的内容", APART, "", "", "")]


def workbook(found: Mapping[str, Any]) -> bytes:
    """The copy as XLSX."""
    return tables.write_xlsx(COLUMNS, rows(found), "个人信息副本")
