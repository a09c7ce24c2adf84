"""Every address, entered by every role, and by the people of another district: nobody sees what is not theirs, no page falls."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from tests import make
from tests.architecture.test_urls import patterns
from tests.architecture.url_table import URLS
from wangge.kernel import scope
from wangge.kernel.actor import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]
SECRET = "只有本区才能看到的内容"
CASE_PAGES = ("desk:case", "desk:case-pdf", "desk:case-panel", "pocket:case", "events:api_event")

ROLES: dict[str, Callable[[int], Actor]] = {
    "officer": lambda d: make.officer(make.cell(d)),
    "community": lambda d: make.community(make.cell(d)),
    "street": lambda d: make.actor("street", place=make.cell(d).code // 10**6 * 10**6),
    "dispatcher": make.dispatcher,
    "supervisor": make.supervisor,
    "verifier": make.verifier,
    "leader": lambda d: make.actor("leader", place=d),
    "auditor": lambda d: make.actor("auditor", place=d),
    "finance_clerk": lambda d: make.handler(f"{d // 10**9}-urban", role="finance_clerk"),
    "finance_head": lambda d: make.handler(f"{d // 10**9}-urban", role="finance_head"),
    "unit_head": lambda d: make.handler(f"{d // 10**9}-urban", role="unit_head"),
    "treasury": lambda d: make.actor("treasury", place=d),
    "registry_clerk": lambda d: make.actor("registry_clerk", place=d),
    "justice_officer": lambda d: make.actor("justice_officer", place=make.cell(d).code // 10**6 * 10**6),
    "data_manager": lambda d: make.actor("data_manager", place=d),
    "privacy_officer": lambda d: make.actor("privacy_officer", place=d),
    "handler": lambda d: make.handler(f"{d // 10**9}-urban"),
    "head": lambda d: make.handler(f"{d // 10**9}-urban", role="head"),
    "system_admin": lambda d: make.actor("system_admin", place=d),
    "security_admin": lambda d: make.actor("security_admin", place=d),
    "audit_admin": lambda d: make.actor("audit_admin", place=d),
}


def addresses(number: str, cell: int) -> list[tuple[str, str]]:
    """(name, path) of every address, with a real number and cell where one belongs."""
    found = []
    for name, path, _ in patterns(get_resolver()):
        if name in CASE_PAGES or name.startswith("desk:case"):
            path = path.replace("/x", f"/{number}", 1)
        found.append((name, path.replace("430204005001001", str(cell))))
    return found


def enter(client: Client, path: str) -> Any:
    return client.get(path)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_enters_what_the_table_says_and_no_page_falls(role: str, sign_in: Any):
    case, actor = make.case("handling"), ROLES[role](make.SHIFENG)
    client = sign_in(actor)
    for name, path in addresses(case.number, case.place_code):
        if name == "identity:logout":
            continue
        response = enter(client, path)
        assert response.status_code < 500, f"{role}: {path}"
        needed = URLS[name]
        if isinstance(needed, tuple) and not any(actor.may(right) for right in needed):
            assert response.status_code in (403, 404, 405), f"{role} enters {path}: {response.status_code}"


@pytest.mark.parametrize("role", ROLES)
def test_people_of_another_district_find_nothing_of_ours(role: str, sign_in: Any):
    with scope.system():
        case = make.case("handling", text=f"{SECRET}，请尽快处理", title=SECRET)
    client = sign_in(ROLES[role](make.HETANG))
    for name, path in addresses(case.number, case.place_code):
        if name == "identity:logout":
            continue
        response = enter(client, path)
        body = b"" if response.streaming else response.content
        assert SECRET.encode() not in body, f"{role} of another district reads it at {path}"
        if name in CASE_PAGES:
            assert response.status_code in (403, 404), f"{role} of another district: {path} {response.status_code}"
    for words in (SECRET, case.number):
        for path in ("/desk/search?q=", "/desk/cases?q="):
            assert case.number not in client.get(path + words).content.decode().replace(f'value="{case.number}"', "")[
                200:
            ] or (SECRET not in client.get(path + words).content.decode().replace(f'value="{SECRET}"', ""))
    for command in ("accept", "dispatch", "note", "finish", "merge"):
        response = client.post(
            f"/desk/case/{case.number}/do/{command}",
            {"text": "越权", "seen_step": str(case.step), "department": "430202-urban"},
        )
        assert response.status_code in (403, 404, 405), f"{role} of another district takes {command}"
