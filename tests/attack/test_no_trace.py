"""Who may not see a special group sees no trace of it: every answer is the same whether the rows are there or not.

And who does not cover a place, or has no right to people at all, reads no name, number, telephone or address of it anywhere:
not in a list, a count, a search, an export, a suggestion, the interface for programs, the phone, or the words of a refusal.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from tests import make
from tests.attack.walk import ask, paths, text_of
from wangge.demo.registry import DETAILS
from wangge.demo.residents import Numbers
from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.registry import queries, services
from wangge.registry.terms import SPECIAL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]
NAME, PHONE, HOME = "苗禾青岚", "14200007777", "演示路七百七十七号"
BORN = date(1990, 5, 28)
NUMBER = Numbers().id_number(BORN, 2)
MARKS = (NAME, NUMBER, NUMBER.lower(), PHONE, HOME)
# What somebody would try in any box and any parameter that an address may take.
TRIES: tuple[dict[str, str], ...] = (
    {},
    {"q": NAME},
    {"q": NAME[:2]},
    {"q": NUMBER},
    {"q": PHONE},
    {"q": "mhql"},
    {"q": HOME},
    {"format": "xlsx", "q": NAME},
    *({"role": kind, "kind": kind, "special": kind, "group": kind} for kind in ("psychiatric", "hiv")),
    {"place": "430204000000000", "within": "430204000000000", "area": "430204000000000"},
    {"state": "all", "sort": "name", "as_of": "2026-01-10"},
)
# Where words are looked up that may be the number of a person: they are posted.
BOXES = ("/desk/search", "/registry/people")


def person(place: int) -> int:
    with scope.system():
        values = {"name": NAME, "id_type": "111", "id_number": NUMBER, "phone": PHONE, "home_address": HOME, "sex": "2"}
        return services.register(actor=SYSTEM, values=values, place_code=place, source="试验").pk


def namesake(place: int) -> int:
    """A second record that may be the same person: it stands beside the first where records are compared and merged."""
    with scope.system():
        values = {"name": NAME, "sex": "2"}
        return services.register(actor=SYSTEM, values=values, place_code=place, source="试验", sure_is_new=True).pk


def looked_up(client: Any, words: str) -> list[tuple[int, bytes]]:
    answers = [client.post(path, {"q": words}) for path in BOXES]
    return [(answer.status_code, text_of(answer)) for answer in answers]


def everything(
    client: Any, values: dict[str, Any], tries: tuple[dict[str, str], ...]
) -> dict[tuple[str, str], tuple[int, bytes]]:
    """The answer of every address to every try."""
    found = {}
    for name, path in paths(values):
        # Land and cases hold no groups of people: there the plain question and one search are enough.
        for one in tries[:2] if name.startswith(("territory:", "desk:")) else tries:
            found[f"{name} {path}", str(one)] = ask(client, path, **one)
    for words in (one["q"] for one in TRIES if "q" in one):
        found.update({(path, words): said for path, said in zip(BOXES, looked_up(client, words), strict=True)})
    assert len(found) > 100
    return found


UNSEEING: dict[str, Callable[[], Actor]] = {
    "officer": lambda: make.officer(make.cell()),
    "community": lambda: make.community(make.cell()),
    "street": lambda: make.actor("street", place=make.JINGLONG),
    "registry_clerk": lambda: make.actor("registry_clerk", place=make.SHIFENG),
    "dispatcher": lambda: make.dispatcher(),
    "data_manager": lambda: make.actor("data_manager", place=make.SHIFENG),
    "justice_officer": lambda: make.actor("justice_officer", place=make.JINGLONG),
}
SEES = {"justice_officer": {"released", "correction"}}


@pytest.mark.parametrize("role", UNSEEING)
def test_an_unseen_group_changes_nothing_that_is_answered(role: str, sign_in: Any):
    who = person(make.cell().code)
    client = sign_in(UNSEEING[role]())
    values = {"person_id": who, "kind": "psychiatric", "one_id": who, "other_id": namesake(make.cell().code)}
    before = everything(client, values, TRIES[:2] + TRIES[8:])
    with scope.system():
        for kind in set(SPECIAL) - SEES.get(role, set()):
            given: dict[str, Any] = {"actor": SYSTEM, "person_id": who, "kind": kind, "source": "试验"}
            row = services.begin_role(since=date(2026, 1, 5), details=DETAILS[kind], partial=True, **given)
            services.change_role(row_id=row.pk, details=DETAILS[kind], from_on=date(2026, 2, 5), **given)
    after = everything(client, values, TRIES[:2] + TRIES[8:])
    told = [place for place in before if before[place] != after[place]]
    assert not told, f"{role} can tell from {told[:5]}"


def other_cell() -> int:
    return next(c.code for c in [make.cell(within=430204001000000)] if c.code != make.cell().code)


STRANGERS: dict[str, Callable[[], Actor]] = {
    "officer of another cell": lambda: make.officer(make.cell(within=430204001000000), name="yi"),
    "community elsewhere": lambda: make.community(make.cell(within=430204001000000)),
    "street elsewhere": lambda: make.actor("street", place=430204001000000),
    "clerk of another district": lambda: make.actor("registry_clerk", place=make.HETANG),
    "privacy officer of another district": lambda: make.actor("privacy_officer", place=make.HETANG),
    "data manager of another district": lambda: make.actor("data_manager", place=make.HETANG),
    "department": lambda: make.handler("430204-urban"),
    "head of a department": lambda: make.handler("430204-urban", role="head"),
    "estate keeper": lambda: make.actor("estate_keeper", place=make.cell().code // 1000 * 1000),
    "finance": lambda: make.handler("430204-urban", role="finance_clerk"),
    "system officer": lambda: make.actor("system_admin", place=make.SHIFENG),
    "audit officer": lambda: make.actor("audit_admin", place=make.SHIFENG),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_who_does_not_cover_the_place_reads_nothing_anywhere(stranger: str, sign_in: Any):
    who = person(make.cell().code)
    other = namesake(make.cell().code)
    with scope.system():
        services.begin_care(actor=SYSTEM, person_id=who, kind="dibao", since=date(2026, 1, 5), source="试验")
    client = sign_in(STRANGERS[stranger]())
    for name, path in paths({"person_id": who, "one_id": who, "other_id": other}):
        for one in (TRIES[0], TRIES[3]) if name.startswith(("territory:", "desk:")) else (*TRIES[:2], *TRIES[3:6]):
            _, said = ask(client, path, **one)
            for echoed in one.values():  # what one asked for may be shown again in the box
                said = said.replace(f'value="{echoed}"'.encode(), b"").replace(f"“{echoed}”".encode(), b"")
            if one.get("q"):
                said = said.replace(one["q"].encode(), b"") if one["q"] in (NAME[:2], "mhql") else said
            leaked = [m for m in MARKS if m.encode() in said and m not in one.values()]
            assert not leaked, f"{stranger} reads {leaked} at {path} {one}"
    for words in (NAME, NAME[:2], NUMBER, PHONE, "mhql", HOME):
        for status, said in looked_up(client, words):
            leaked = [m for m in MARKS if m != words and m.encode() in said.replace(words.encode(), b"")]
            assert not leaked, f"{stranger} finds {leaked} by {words} ({status})"


@pytest.mark.parametrize("stranger", ["officer of another cell", "clerk of another district", "department"])
def test_a_refused_act_names_nobody(stranger: str, sign_in: Any):
    who = person(make.cell().code)
    client = sign_in(STRANGERS[stranger]())
    for name, path in paths({"person_id": who}):
        with transaction.atomic():  # pages that open their own transactions mark this test's one when they refuse
            response = client.post(
                path, {"name": NAME, "id_number": NUMBER, "person_id": str(who), "reason": "越权试探"}
            )
        assert response.status_code != 500, f"{name} falls"
        body = b"" if response.streaming else response.content
        assert PHONE.encode() not in body, f"{stranger} is told at {path}"
        assert HOME.encode() not in body, f"{stranger} is told at {path}"
    with scope.system():
        assert queries.person(SYSTEM, who).name == NAME
        assert queries.person(SYSTEM, who).step == 1


def test_a_known_document_of_elsewhere_is_refused_without_saying_whose(sign_in: Any):
    person(make.cell().code)
    stranger = STRANGERS["officer of another cell"]()
    from wangge.kernel.errors import Refusal

    values = {"name": "柏沐宁", "id_type": "111", "id_number": NUMBER}
    with scope.use(stranger), pytest.raises(Refusal) as refused:
        services.register(actor=stranger, values=values, place_code=stranger.lo, source="试验")
    said = refused.value.sentence + str(refused.value.data)
    assert not [m for m in (NAME, PHONE, HOME) if m in said]
