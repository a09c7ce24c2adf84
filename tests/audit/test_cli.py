"""`wangge audit`: exit status, formats, folders, repetitions, and files that cannot be judged."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook

from wangge.config.cli import main

pytestmark = pytest.mark.usefixtures("known_reports")


def run(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, arguments)], input=stdin)


@pytest.fixture
def made(tmp_path: Path):
    """`made("a.pdf", "clean")` writes a file below the test's folder."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / "文件" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    ("texts", "status"),
    [
        (["clean"], 0),
        (["findings"], 1),
        (["scan"], 2),
        (["bug"], 2),
        (["clean", "scan"], 2),
        (["findings", "scan"], 1),
        (["scan", "bug 2"], 2),
        (["clean", "clean 2"], 0),
        (["clean", "findings"], 1),
        (["clean", "clean"], 0),
        (["clean", "clean 2", "clean 3", "findings", "clean 4"], 1),
    ],
)
def test_the_exit_status_says_clean_errors_or_unreadable(made, texts, status):
    files = [made(f"{n}.pdf", text) for n, text in enumerate(texts)]
    assert run(*files).exit_code == status


def test_one_file_as_json_is_the_contract_alone(made):
    told = json.loads(run(made("a.pdf", "x"), "--format", "json").stdout)
    assert (told["unit"], told["kind"], told["year"], len(told["findings"])) == ("示例单位", "budget", 2020, 4)


def test_an_unreadable_file_is_told_as_json_and_as_a_sentence(made):
    path = made("a.pdf", "scan")
    done = run(path, "--format", "json")
    assert json.loads(done.stdout) == {
        "file": str(path),
        "error": {"code": "scanned", "sentence": "这是扫描件，没有文字层。请用带文字的版本。"},
    }
    assert "扫描件" in done.stderr
    assert "扫描件" in run(path).stderr


def test_a_fault_in_one_file_names_the_file_and_spares_the_others(made):
    files = [made("a.pdf", "bug"), made("b.pdf", "x")]
    done = run(*files)
    assert "ZeroDivisionError" in done.stdout
    assert str(files[0]) in done.stderr
    assert "a fault of ours" in done.stderr
    assert "B10" in done.stdout
    assert done.exit_code == 1


def test_a_file_that_ends_its_process_takes_no_other_with_it(made):
    files = [made(f"{n}.pdf", text) for n, text in enumerate(["x", "kill", "clean", "x 2", "clean 2"])]
    told = json.loads(run(*files, "--format", "json").stdout)
    assert {t["file"] for t in told if "error" in t} == {str(files[1])}
    assert len([t for t in told if "findings" in t]) == 4


def test_a_folder_is_searched_to_its_depth_and_ranked(made, tmp_path):
    made("深/处/b.docx", "x")
    made("a.txt", "clean")
    made("~$b.docx", "lock")
    made(".hidden.pdf", "x 3")
    made("picture.jpg", "x 4")
    told = json.loads(run(tmp_path, "--format", "json").stdout)
    assert [Path(t["file"]).name for t in told] == ["b.docx", "a.txt"]
    shown = run(tmp_path).stdout
    assert "审核排名" in shown


def test_an_empty_folder_is_said_so(tmp_path):
    done = run(tmp_path)
    assert done.exit_code == 2
    assert "没有可以审核的文件" in done.stderr


def test_the_same_file_twice_is_audited_once(made, known_reports):
    first, second = made("a.pdf", "x"), made("b.pdf", "x")
    told = json.loads(run(first, second, "--format", "json").stdout)
    assert known_reports == [str(first)]
    assert told[1]["same_as"] == str(first)
    assert told[1]["error"]["code"] == "same_file"
    assert len(json.loads(run(first, first, "--format", "json").stdout)["findings"]) == 4


def test_other_bytes_with_the_same_words_are_named_too(made):
    told = json.loads(run(made("a.pdf", "x 1"), made("b.pdf", "x 2"), "--format", "json").stdout)
    assert [t.get("same_as", "") for t in told] == ["", told[0]["file"]]


def test_a_dash_is_the_standard_input():
    done = run("-", "--format", "json", stdin=b"x")
    assert json.loads(done.stdout)["file"] == "标准输入"


def test_what_is_written_to_a_file_is_the_whole_result(made, tmp_path):
    path = made("a.pdf", "x")
    for form in ("table", "json", "html", "xlsx"):
        out = tmp_path / "结果" / f"a.{form}"
        assert run(path, "--format", form, "--out", out).exit_code == 1
        content = out.read_bytes()
        assert {"table": b"B10", "json": b'"rule"', "html": b"<!doctype html>", "xlsx": b"PK"}[form] in content


@pytest.mark.parametrize(("form", "name"), [("html", "index.html"), ("xlsx", "排名.xlsx")])
def test_several_files_become_a_folder_with_a_ranking(made, tmp_path, form, name):
    files = [made("a/同名.pdf", "clean"), made("b/同名.pdf", "x"), made("c.pdf", "scan")]
    out = tmp_path / "结果"
    assert run(*files, "--format", form, "--out", out).exit_code == 1
    assert sorted(p.name for p in out.iterdir()) == sorted([f"001-同名.{form}", f"002-同名.{form}", name])
    ranking = (out / name).read_bytes()
    if form == "html":
        assert "扫描件" in ranking.decode()
        assert ranking.decode().index("001-") < ranking.decode().index("002-")
    else:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(ranking)).get_sheet_by_index(0).to_python()
        assert [row[5] for row in rows[1:3]] == [1, 0]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--format", "html"], "--out"),
        (["--format", "xlsx"], "--out"),
        (["--format", "json", "--out", "."], "文件夹"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_work(made, known_reports, more, words):
    done = run(made("a.pdf", "x"), made("b.pdf", "y"), *more)
    assert done.exit_code == 2
    assert words in done.stderr
    assert known_reports == []


def test_a_place_that_cannot_be_written_is_a_sentence(made):
    path = made("a.pdf", "x")
    done = run(path, "--format", "json", "--out", path / "b.json")
    assert done.exit_code == 2
    assert "写不到" in done.stderr


def test_a_file_that_is_not_there_is_a_sentence(made, tmp_path):
    done = run(tmp_path / "没有.pdf", made("a.pdf", "clean"), "--format", "json")
    assert done.exit_code == 2
    assert "没有这个文件" in done.stderr


def test_without_a_terminal_there_is_no_bar(made):
    files = [made(f"{n}.pdf", f"clean {n}") for n in range(3)]
    assert run(*files, "--format", "json").stderr == ""


def test_it_needs_neither_django_nor_a_database(tmp_path):
    """In a process of its own: even a document that cannot be read must not bring Django or a data folder along."""
    path = tmp_path / "a.txt"
    path.write_text("这不是预算")
    program = (
        "import sys\nfrom wangge.config.cli import main\n"
        "try: main(['audit', sys.argv[1]])\nexcept SystemExit as e: print(e.code)\n"
        "print([m for m in sys.modules if m.split('.')[0] == 'django'])"
    )
    where = {
        "WANGGE_DATA": str(tmp_path / "data"),
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": "postgresql://nowhere/none",
    }
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, env=where, check=True)
    assert done.stdout.splitlines()[-2:] == ["2", "[]"]
    assert not (tmp_path / "data").exists()


def test_the_result_never_overwrites_what_is_audited(made):
    path = made("a.txt", "x")
    before = path.read_bytes()
    done = run(path, "--format", "json", "--out", path)
    assert done.exit_code == 2
    assert "正是要审核的文件" in done.stderr
    assert path.read_bytes() == before


def test_links_that_lead_to_themselves_are_told_in_chinese(tmp_path):
    one, other = tmp_path / "一", tmp_path / "二"
    one.symlink_to(other)
    other.symlink_to(one)
    done = run(one)
    assert done.exit_code == 2
    assert "链接绕成了圈" in done.stderr
