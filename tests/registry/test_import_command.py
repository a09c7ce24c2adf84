"""`wangge import` and `wangge undo-import`: exit codes, the error file, JSON, a mapping file."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests import make
from tests.registry.test_imports import TITLES, person, sheet
from wangge.config import cli
from wangge.registry.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def inside(monkeypatch: pytest.MonkeyPatch, district: None) -> None:
    """The command runs in the test's database."""
    monkeypatch.setattr(cli, "with_django", lambda context: None)


def wangge(*arguments: Any) -> Result:
    return CliRunner().invoke(cli.main, [str(a) for a in arguments])


def file(folder: Path, rows: list[list[str]], titles: tuple[str, ...] = TITLES) -> Path:
    path = folder / "人员.xlsx"
    path.write_bytes(sheet(rows, titles))
    return path


def test_refused_rows_make_exit_code_one_and_a_file_to_correct(tmp_path):
    path = file(tmp_path, [person(0), person(1, 姓名="张3")])
    tried = wangge("import", "people", path, "--area", "430204", "--dry-run")
    assert (tried.exit_code, Person.objects.count()) == (1, 0)
    assert "尚未写入" in tried.output
    done = wangge("import", "people", path, "--area", "430204", "--source", "派出所")
    assert done.exit_code == 1, done.output
    errors = tmp_path / "人员.未通过.xlsx"
    assert errors.exists()
    assert str(errors) in done.output
    assert "第 3 行" in done.output
    assert Person.objects.count() == 1


def test_json_tells_what_came_of_it_and_the_batch_is_undone_by_its_number(tmp_path):
    told = wangge("import", "people", file(tmp_path, [person(0), person(1)]), "--area", "430204", "--json")
    assert told.exit_code == 0, told.output
    done = json.loads(told.output)
    assert (done["added"], done["refused"], done["error_file"], done["rows"]) == (2, 0, None, 2)
    again = json.loads(wangge("import", "people", tmp_path / "人员.xlsx", "--area", "430204", "--json").output)
    assert again["batch"] == done["batch"]
    undone = wangge("undo-import", done["batch"])
    assert "移除 2 条" in undone.output
    assert wangge("undo-import", done["batch"]).exit_code == 1
    assert Person.objects.count() == 0


def test_a_mapping_file_says_what_the_columns_are(tmp_path):
    path = file(tmp_path, [["张三丰", person(0)[1], str(make.cell().code)]], ("甲", "乙", "丙"))
    mapping = tmp_path / "m.yaml"
    mapping.write_text("{甲: name, 乙: id_number, 丙: place_code}", encoding="utf-8")
    done = wangge("import", "people", path, "--area", "430204", "--mapping", mapping)
    assert done.exit_code == 0, done.output
    mapping.write_text("{丁: name}", encoding="utf-8")
    assert "没有“丁”这一列" in wangge("import", "people", file(tmp_path, [person(1)]), "--mapping", mapping).output


@pytest.mark.parametrize(("area", "words"), [("43", "不是 6、9、12 或 15 位"), ("x", "不是 6、9、12 或 15 位")])
def test_a_wrong_area_is_a_sentence(tmp_path, area, words):
    done = wangge("import", "people", file(tmp_path, [person(0)]), "--area", area)
    assert done.exit_code == 1
    assert words in done.output
