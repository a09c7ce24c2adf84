"""Files of histories: NDJSON with a case and its steps on each line, or two tables (XLSX, CSV), cases and steps."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wangge.casework import terms
from wangge.casework.services.legacy import Fault, Imported, Row, import_cases
from wangge.kernel import tables
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal

_Column = tables.Column
CASES = (
    _Column("client_id", "编号", required=True, help="本件在来源系统的 UUID；同一编号只导入一次"),
    _Column("former_number", "原编号", max_length=60),
    _Column("category", "类别代码"),
    _Column("source", "来源", "choice", required=True, choices=terms.SOURCES),
    _Column("urgency", "紧急程度", "choice", choices=terms.URGENCIES),
    _Column("place", "网格编码", help="15 位；空着时按经纬度落格"),
    _Column("lng", "经度", "decimal", required=True),
    _Column("lat", "纬度", "decimal", required=True),
    _Column("datum", "坐标系", help="cgcs2000、wgs84、gcj02 或 bd09"),
    _Column("title", "标题", max_length=60),
    _Column("text", "情况说明", required=True),
    _Column("seen_at", "发现时间", "datetime", required=True),
    _Column("reporter", "上报人账号"),
    _Column("is_secret", "保密", "bool"),
)
STEPS = (
    _Column("client_id", "编号", required=True, help="所属的件"),
    _Column("at", "时间", "datetime", required=True),
    _Column("command", "步骤", "choice", required=True, choices=terms.COMMANDS),
    _Column("account", "办理人账号"),
    _Column("name", "办理人", max_length=100),
    _Column("post", "岗位", max_length=100),
    _Column("office", "办理单位代码"),
    _Column("text", "说明"),
    _Column("reason", "原因代码"),
    _Column("public", "公开", "bool"),
    _Column("department", "承办单位代码"),
    _Column("supports", "协办单位代码", help="多个用逗号分开"),
    _Column("proposed", "建议承办单位代码"),
    _Column("original", "主件编号"),
    _Column("until", "预计恢复日期", help="2022-01-31"),
    _Column("amount", "延长天数", "int"),
    _Column("grade", "评价等级", "int"),
    _Column("category", "改为类别"),
    _Column("urgency", "改为紧急程度", "choice", choices=terms.URGENCIES),
    _Column("outcome", "办理结果", "choice", choices=terms.OUTCOMES),
)


class Lines:
    """The rows of an NDJSON file; each iteration reads it again, so its size does not matter."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[Row]:
        with open(self.path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    made = json.loads(line)
                except ValueError:
                    made = None
                if not isinstance(made, dict):
                    raise Refusal(
                        "bad_line", f"第 {number} 行不是一个 JSON 对象。请每行写一件。", field="file", value=number
                    )
                yield made


def import_file(
    *, actor: Actor, path: Path, steps: Path | None = None, dry_run: bool = False
) -> tuple[Imported, Path | None]:
    """Import a file; the result, and where the refused lines were written with their reasons (None without faults).

    A table needs `steps`, the second table. Both may be XLSX or CSV.
    """
    if steps is None:
        rows = Lines(path)
        done = import_cases(actor=actor, rows=rows, source_name=path.name, dry_run=dry_run)
        return done, _refused_lines(path, rows, done.faults) if done.faults else None
    cases = tables.read(path.read_bytes(), path.name, CASES)
    walks = tables.read(steps.read_bytes(), steps.name, STEPS)
    if cases.errors or walks.errors:
        done = Imported(path.name)
        done.faults = [Fault(f.row, 0, f.column, f.value, f.sentence) for f in (*cases.errors, *walks.errors)]
    else:
        told, numbers, lines = _joined(cases, walks)
        done = import_cases(actor=actor, rows=told, source_name=path.name, dry_run=dry_run)
        for fault in done.faults:
            own = lines[fault.row - 1]
            if 0 < fault.step <= len(own):
                walks.refuse(own[fault.step - 1], fault.field, fault.sentence)
            else:
                cases.refuse(numbers[fault.row - 1], fault.field, fault.sentence)
    return done, _refused_tables(path, cases, walks) if done.faults else None


def _joined(cases: tables.Result, walks: tables.Result) -> tuple[list[dict[str, Any]], list[int], list[list[int]]]:
    """Rows as `import_cases` takes them, the line of each in the table of cases, and of each of its steps in the other."""
    by_case: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for number, row in walks.rows:
        by_case.setdefault(str(row["client_id"]), []).append((number, row))
    told, numbers, lines = [], [], []
    for number, row in cases.rows:
        own = sorted(by_case.pop(str(row["client_id"]), []), key=lambda one: (one[1]["at"], one[0]))
        steps = [{k: v for k, v in step.items() if k != "client_id" and v not in (None, "")} for _, step in own]
        for step in steps:
            if "supports" in step:
                step["supports"] = str(step["supports"]).replace("，", ",").split(",")
        made = {k: v for k, v in row.items() if v not in (None, "")}
        told.append(made | {"lng": float(row["lng"]), "lat": float(row["lat"]), "steps": steps})
        numbers.append(number)
        lines.append([n for n, _ in own])
    if by_case:
        lost = next(iter(by_case))
        raise Refusal("unknown_case", f"步骤表中的编号“{lost}”不在件表中。", field="client_id", value=lost)
    return told, numbers, lines


def _refused_lines(path: Path, rows: Lines, faults: list[Fault]) -> Path:
    by_row: dict[int, list[Fault]] = {}
    for fault in faults:
        by_row.setdefault(fault.row, []).append(fault)
    target = path.with_name(f"{path.stem}.未通过.ndjson")
    with open(target, "w", encoding="utf-8") as file:
        for number, row in enumerate(rows, 1):
            for fault in by_row.get(number, ()):
                said = {"row": number, "step": fault.step, "field": fault.field, "value": fault.value}
                line = {"fault": said | {"sentence": fault.sentence}, "case": row}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return target


def _refused_tables(path: Path, cases: tables.Result, walks: tables.Result) -> Path:
    target = path.with_name(f"{path.stem}.未通过.xlsx")
    target.write_bytes(tables.error_file(cases if cases.errors else walks))
    return target
