"""What this version ships: roles, rights, and the names of what the audit log keeps."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml


@lru_cache(maxsize=1)
def _roles_file() -> dict[str, Any]:
    with open(Path(__file__).resolve().parent.parent / "data" / "roles.yaml", encoding="utf-8") as f:
        return yaml.safe_load(f)


def shipped_roles() -> list[tuple[str, str, list[str]]]:
    """The roles this version ships: code, name, rights."""
    return [(r["code"], r["name"], list(r["rights"])) for r in _roles_file()["roles"]]


def right_names() -> dict[str, str]:
    """Every right the system has, by code, in plain words."""
    return dict(_roles_file()["rights"])


@lru_cache(maxsize=1)
def _actions_file() -> dict[str, dict[str, str]]:
    with open(Path(__file__).resolve().parent.parent / "data" / "actions.yaml", encoding="utf-8") as f:
        return yaml.safe_load(f)


def action_names() -> dict[str, str]:
    """What each action of the audit log is called, by code."""
    return dict(_actions_file()["actions"])


def action_name(action: str) -> str:
    """What the action is called: by its code, else by the step of a case it ends in, else the code itself."""
    told = _actions_file()
    return told["actions"].get(action) or told["steps"].get(action.rpartition(".")[2]) or action


def kind_name(kind: str) -> str:
    """What a kind of subject in the audit log is called."""
    return _actions_file()["kinds"].get(kind, kind)


def details(data: dict[str, Any]) -> str:
    """An audit row's details on one line, in the words the log's fields are called by."""
    names = _actions_file()["fields"]
    return "；".join(
        f"{names.get(key, key)}：{_shown(value)}" for key, value in data.items() if value not in (None, "", [])
    )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(right_names().get(str(v), str(v)) for v in value)
    return str(value)
