"""`wangge export gb31000` as an operator runs it: what comes out, what is refused and how it ends."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from tests import make
from wangge.config import cli
from wangge.config.cli import main
from wangge.kernel.models import AuditEntry
from wangge.registry import services
from wangge.registry.tests import make as people


@pytest.fixture
def run(district, monkeypatch):
    """The program inside this test's database."""
    monkeypatch.setattr(cli, "with_django", lambda context: None)

    def invoke(*arguments):
        return CliRunner().invoke(main, ["export", "gb31000", *map(str, arguments)])

    return invoke


def test_the_tables_of_an_area_come_out_with_a_note_of_what_is_missing(run, tmp_path):
    by = people.officer()
    one = people.person(by, name="苗禾青")
    details = {"inflow_reason": "务工", "dwelling_kind": "租赁房屋", "is_watched": "否"}
    services.begin_role(
        actor=by, person_id=one.pk, kind="migrant", since=date(2025, 6, 1), details=details, source="走访采集"
    )
    done = run("--area", "430204005", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    told = {t["table"]: t for t in json.loads(done.output)["tables"]}
    assert told.keys() == {"T8", "T9", "T12", "T13", "T14", "T15", "T16", "T23", "T24", "T29", "T31"}
    assert told["T13"]["rows"] == 1
    assert told["T13"]["missing"]["民族"] == 1
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert {"T13_流动人口.xlsx", "T13_流动人口.csv", "导出说明.xlsx"} <= names
    assert not any(name.startswith(("T17", "T21")) for name in names)
    assert AuditEntry.objects.filter(action="registry.standard_exported", actor_name="系统").exists()


def test_a_special_group_needs_a_person_who_may_see_it(run, tmp_path):
    alone = run("--area", "430204005", "--out", tmp_path, "--tables", "T19")
    assert alone.exit_code == 1
    assert "--as" in alone.output
    officer = people.officer()
    wrong = run(
        "--area",
        "430204005",
        "--out",
        tmp_path,
        "--tables",
        "T19",
        "--as",
        make.Account.objects.get(pk=officer.id).name,
    )
    assert (wrong.exit_code, "不能导出" in wrong.output) == (1, True)
    health = make.actor("health_officer", place=make.JINGLONG)
    login = make.Account.objects.get(pk=health.id).name
    done = run("--area", "430204005", "--out", tmp_path, "--as", login)
    assert done.exit_code == 0, done.output
    assert {p.name[:3] for p in tmp_path.iterdir() if p.name[0] == "T"} == {"T19"}
    entry = AuditEntry.objects.filter(action="registry.standard_exported").latest("pk")
    assert (entry.actor_id, entry.channel) == (health.id, "cli")
    too_far = run("--area", "430204", "--out", tmp_path, "--tables", "T19", "--as", login)
    assert (too_far.exit_code, "管辖范围" in too_far.output) == (1, True)


@pytest.mark.parametrize(("area", "tables"), [("4302", "T12"), ("abc", "T12"), ("430204", "T99"), ("430204", "T1")])
def test_what_cannot_be_exported_is_said(run, tmp_path, area, tables):
    done = run("--area", area, "--out", tmp_path, "--tables", tables)
    assert done.exit_code == 1
    assert done.output.startswith("Error:")
    assert list(tmp_path.iterdir()) == []
