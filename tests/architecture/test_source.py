"""Laws of the source that no linter knows: who may write, who must say who acts and leave a trace."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "wangge"
ROOMS = ["territory", "identity", "registry", "casework", "events", "finance", "exchange", "disclosure"]
WRITES_ON_MANAGERS = {
    "create",
    "bulk_create",
    "bulk_update",
    "update",
    "update_or_create",
    "get_or_create",
    "delete",
    "acreate",
    "aupdate",
}
WRITES_ON_ROWS = {"save", "asave"}
# Where rows are written: the services of a room (a module or a folder), and what builds on them.
WRITERS = {"services", "seeds", "migrations", "tests", "management"}


def sources() -> list[Path]:
    found = [p for p in sorted(ROOT.rglob("*.py")) if "__pycache__" not in p.parts]
    assert len(found) > 60, "the walk found too little to have judged anything"
    return found


def may_write(path: Path) -> bool:
    room, *rest = path.relative_to(ROOT).with_suffix("").parts
    return room in ("kernel", "demo", "config") or bool(WRITERS & set(rest))


def stray_writes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        method, owner = node.func.attr, ast.unparse(node.func.value)
        chain = owner.split(".")
        on_manager = "objects" in chain or ".objects." in owner or ".filter(" in owner or ".all()" in owner
        if (method in WRITES_ON_MANAGERS and on_manager) or (
            method in WRITES_ON_ROWS and not on_manager and not node.args and chain[-1] != "session"
        ):
            yield node.lineno, f"{owner}.{method}()"
        elif method == "execute" and node.args:
            text = ast.unparse(node.args[0]).lower()
            if any(word in text for word in ("insert into", "delete from", "truncate ")) or (
                "update " in text and " set " in text
            ):
                yield node.lineno, f"{owner}.execute() that writes"


def test_rows_are_written_by_services_only():
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {what}"
        for path in sources()
        if not may_write(path)
        for line, what in stray_writes(ast.parse(path.read_text()))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("cell.save()", True),
        ("event.cell.save(update_fields=['x'])", True),
        ("Case.objects.filter(pk=1).update(state='x')", True),
        ("models.Case.objects.create()", True),
        ("cursor.execute('update casework_case set state = 1')", True),
        ("cursor.execute('select 1')", False),
        ("seen.update(other)", False),
        ("image.save(buffer, 'JPEG')", False),
        ("cache.delete(key)", False),
        ("request.session.save()", False),
    ],
)
def test_the_guard_itself(text, caught):
    assert bool(list(stray_writes(ast.parse(text)))) is caught


def public_services() -> Iterator[tuple[str, ast.FunctionDef, dict[str, ast.FunctionDef]]]:
    for room in ROOMS:
        written = [p for p in sorted((ROOT / room).rglob("*.py")) if "services" in p.with_suffix("").parts]
        for path in (p for p in written if "tests" not in p.parts):
            functions = {n.name: n for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)}
            for function in functions.values():
                decorators = {ast.unparse(d).split("(")[0] for d in function.decorator_list}
                # A service writes: it opens a transaction. What only reckons or looks has no need of an actor.
                if not function.name.startswith("_") and decorators & {"transaction.atomic", "atomic"}:
                    yield f"{path.relative_to(ROOT)}::{function.name}", function, functions


SERVICES = list(public_services())


def test_there_are_services_to_judge():
    assert len(SERVICES) > 20


@pytest.mark.parametrize(("where", "function"), [(w, f) for w, f, _ in SERVICES], ids=[w for w, _, _ in SERVICES])
def test_a_service_is_told_by_keyword_who_acts(where, function):
    names = {a.arg for a in function.args.kwonlyargs}
    defaults = dict(zip([a.arg for a in function.args.kwonlyargs], function.args.kw_defaults, strict=True))
    assert "actor" in names, f"{where} has no keyword-only actor"
    assert defaults["actor"] is None, f"{where} has a default actor"


def leaves_a_trace(function: ast.FunctionDef, neighbours: dict[str, ast.FunctionDef], seen: set[str]) -> bool:
    """It records, or it calls a function of its file that does, or it leaves the act to the case engine, which records."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in ("audit.record", "audit.record_many") or called.startswith(
            ("flow.", "casework.", "engine.", "acts.")
        ):
            return True
        name = called.split(".")[-1]
        if name in neighbours and name not in seen and leaves_a_trace(neighbours[name], neighbours, seen | {name}):
            return True
    return False


@pytest.mark.parametrize(("where", "function", "neighbours"), SERVICES, ids=[w for w, _, _ in SERVICES])
def test_a_service_leaves_an_audit_row(where, function, neighbours):
    assert leaves_a_trace(function, neighbours, {function.name}), f"{where} leaves no trace"


def test_nothing_asks_the_machine_for_the_time():
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"
        for path in sources()
        if path != ROOT / "kernel" / "clock.py" and not {"tests", "config", "migrations"} & set(path.parts)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func)
        in ("datetime.now", "datetime.utcnow", "date.today", "timezone.now", "datetime.today")
    ]
    assert wrong == []


def test_no_file_has_outgrown_its_noun():
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in sources()
        if "migrations" not in path.parts
        and "tests" not in path.parts
        and (lines := len(path.read_text().splitlines())) > 550
    ]
    assert long == []


def test_no_module_hides_behind_a_package_of_its_name():
    hidden = [str(p) for p in ROOT.rglob("*.py") if (p.with_suffix("") / "__init__.py").exists()]
    assert not hidden, f"never imported: {hidden}"
