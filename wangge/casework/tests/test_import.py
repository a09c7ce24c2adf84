"""A file of histories: all of it or nothing, every refused row named, nothing twice."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import make
from wangge.casework import services
from wangge.casework.models import Case, Step
from wangge.casework.services.legacy_files import CASES, STEPS
from wangge.kernel import tables
from wangge.kernel.actor import PUBLIC, SYSTEM
from wangge.kernel.errors import Refusal
from wangge.kernel.models import AuditEntry

AT = make.START - timedelta(days=30)


def step(command: str, hours: float, **more: Any) -> dict[str, Any]:
    at = (AT + timedelta(hours=hours)).isoformat()
    return {"at": at, "command": command, "name": f"经办{command}", "text": "办理记录", **more}


def history() -> list[dict[str, Any]]:
    return [
        step("report", 0),
        step("accept", 1),
        step("dispatch", 2, department="430204-urban"),
        step("sign", 3),
        step("finish", 20),
        step("verify", 22),
    ]


def row(n: int = 1, **more: Any) -> dict[str, Any]:
    cell = make.cell()
    lng, lat = make.point(cell)
    return {
        "client_id": str(make.client_id(70_000 + n)), "category": "0303", "source": "desk", "place": str(cell.code),
        "lng": lng, "lat": lat, "text": "护栏损坏待修复", "seen_at": AT.isoformat(), "steps": history(), **more,
    }  # fmt: skip


def imported(*rows: dict[str, Any], **more: Any) -> services.Imported:
    return services.import_cases(actor=SYSTEM, rows=list(rows), source_name="旧系统", **more)


def test_a_history_comes_in_whole_and_only_once(district: None) -> None:
    done = imported(row(1), row(2))
    assert (done.ok, done.written, done.cases, done.steps, done.known) == (True, True, 2, 12, 0)
    case = Case.objects.get(client_id=row(1)["client_id"])
    assert (case.state, case.step, case.is_legacy) == ("closed", 6, True)
    assert case.number.startswith("WG430204-2026-")
    entry = AuditEntry.objects.filter(action="casework.imported").get()
    assert entry.data["digest"] == done.digest
    again = imported(row(1), row(2), row(3))
    assert (again.cases, again.known) == (1, 2)
    assert Step.objects.filter(case=case).count() == 6


def test_a_dry_run_writes_nothing(district: None) -> None:
    done = imported(row(1), dry_run=True)
    assert (done.ok, done.written, done.cases) == (True, False, 1)
    assert not Case.objects.filter(client_id=row(1)["client_id"]).exists()


@pytest.mark.parametrize(
    ("change", "field", "at"),
    [
        ({"category": "9999"}, "category", 0),
        ({"place": "430204005009999"}, "place", 0),
        ({"source": "radio"}, "source", 0),
        ({"lng": "x"}, "lng", 0),
        ({"client_id": "abc"}, "client_id", 0),
        ({"text": " "}, "text", 0),
        ({"colour": "red"}, "colour", 0),
        ({"reporter": "nobody"}, "reporter", 0),
        ({"steps": []}, "steps", 0),
        ({"steps": [step("accept", 0)]}, "command", 1),
        ({"steps": [step("report", 0), step("finish", 1)]}, "", 2),
        ({"steps": [step("report", 2), step("accept", 1)]}, "at", 2),
        ({"steps": [step("report", 0), step("accept", 90_000)]}, "at", 2),
        ({"steps": [step("report", 0), step("jump", 1)]}, "command", 2),
        ({"steps": [step("report", 0, at="2026-02-01T08:00:00")]}, "at", 0),
        ({"steps": [*history()[:2], step("dispatch", 2, department="430204-nowhere")]}, "department", 3),
        ({"steps": [*history()[:4], step("finish", 5, office="430204-police")]}, "office", 5),
        ({"steps": [*history()[:5], step("verify", 22, name="经办finish")]}, "name", 6),
        ({"steps": [step("report", 0), step("merge", 1, original=str(make.client_id(99_999)))]}, "original", 2),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(district: None, change: Any, field: str, at: int) -> None:
    done = imported(row(1), row(2, **change))
    assert not done.written
    assert [(f.row, f.step, f.field) for f in done.faults][:1] == [(2, at, field)]
    assert not Case.objects.filter(client_id=row(1)["client_id"]).exists()


def test_the_same_id_twice_in_a_file_is_refused(district: None) -> None:
    assert imported(row(1), row(1)).faults[0].sentence == "同一编号在文件中出现了两次。"


def test_a_merged_case_names_its_original_and_is_noted_there(district: None) -> None:
    merge = [step("report", 4), step("merge", 5, original=row(1)["client_id"])]
    assert imported(row(2, steps=merge), row(1)).ok
    master = Case.objects.get(client_id=row(1)["client_id"])
    slave = Case.objects.get(client_id=row(2)["client_id"])
    assert (slave.state, slave.merged_into, slave.outcome) == ("merged", master, "duplicate")
    assert master.supporters == 1
    noted = Step.objects.get(case=master, command="support_joined")
    assert (noted.data["number"], noted.seq, noted.from_state) == (slave.number, 5, "handling")


def test_nobody_but_the_operator_imports(district: None) -> None:
    with pytest.raises(Refusal):
        services.import_cases(actor=PUBLIC, rows=[row(1)], source_name="x")


def test_a_file_of_lines_gives_its_refused_lines_back(district: None, tmp_path: Path) -> None:
    path = tmp_path / "old.ndjson"
    bad = row(2, category="9999")
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in (row(1), bad)), encoding="utf-8")
    done, refused = services.import_file(actor=SYSTEM, path=path)
    assert len(done.faults) == 1
    assert refused is not None
    told = json.loads(refused.read_text(encoding="utf-8"))
    assert (told["fault"]["row"], told["fault"]["field"], told["case"]["category"]) == (2, "category", "9999")
    path.write_text(json.dumps(row(1), ensure_ascii=False), encoding="utf-8")
    assert services.import_file(actor=SYSTEM, path=path)[0].cases == 1


def test_two_tables_make_a_file(district: None, tmp_path: Path) -> None:
    def write(bad: str) -> tuple[Path, Path]:
        one = row(5)
        cases = [{**one, "seen_at": AT, "source": "desk", "urgency": "normal", "category": bad or "0303"}]
        steps = [
            {**s, "client_id": one["client_id"], "at": AT + timedelta(hours=h)} for h, s in enumerate(one["steps"])
        ]
        paths = tmp_path / "cases.xlsx", tmp_path / "steps.xlsx"
        for path, columns, rows in ((paths[0], CASES, cases), (paths[1], STEPS, steps)):
            listed = [{c.key: r.get(c.key) for c in columns} for r in rows]
            path.write_bytes(tables.write_xlsx(columns, listed, "表"))
        return paths

    cases, steps = write("9999")
    done, refused = services.import_file(actor=SYSTEM, path=cases, steps=steps)
    assert [f.field for f in done.faults] == ["category"]
    assert refused is not None
    assert refused.exists()
    cases, steps = write("")
    done, _ = services.import_file(actor=SYSTEM, path=cases, steps=steps)
    assert [f.sentence for f in done.faults] == []
    assert Case.objects.get(client_id=row(5)["client_id"]).state == "closed"
