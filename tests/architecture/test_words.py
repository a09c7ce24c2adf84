"""One word for one thing: the audit log calls a step what the case page calls it, and every act it keeps has a name."""

import ast
from collections.abc import Iterator
from pathlib import Path

from wangge.casework import terms
from wangge.identity.queries import reference

ROOT = Path(__file__).resolve().parents[2] / "wangge"


def recorded() -> Iterator[tuple[str, str, str]]:
    """(where, action, kind) of every call of `audit.record` that names both outright."""
    for path in sorted(ROOT.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
                action, kind = (a.value if isinstance(a, ast.Constant) else None for a in node.args[1:3])
                if isinstance(action, str) and isinstance(kind, str):
                    yield str(path.relative_to(ROOT)), action, kind


def test_a_step_is_called_the_same_in_the_audit_log_and_in_the_case():
    steps = reference._actions_file()["steps"]
    assert steps == {code: name for code, name in terms.COMMANDS.items() if not code.endswith("_card")}


def test_every_act_and_every_kind_of_thing_in_the_audit_log_has_a_name():
    told = reference._actions_file()
    calls = list(recorded())
    assert len(calls) > 40
    assert [(w, a) for w, a, _ in calls if reference.action_name(a) == a] == []
    assert [(w, k) for w, _, k in calls if k not in told["kinds"]] == []
