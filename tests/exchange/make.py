"""Builders of the exchange: a source of the social security office, its rows, people to link them to. Fixed and invented."""

from datetime import date
from typing import Any

from tests import make as district
from wangge.demo.residents import Numbers
from wangge.exchange import services
from wangge.exchange.models import Intake, LinkRun, Source
from wangge.kernel.actor import SYSTEM, Actor
from wangge.registry import services as registry

NUMBERS = Numbers()
FIELDS: list[dict[str, Any]] = [
    {"key": "card", "title": "社保编号", "means": "key", "level": 3, "required": True},
    {"key": "name", "title": "姓名", "means": "name", "level": 3, "required": True},
    {"key": "id_number", "title": "身份证号", "means": "id_number", "level": 4},
    {"key": "sex", "title": "性别", "means": "sex", "codes": "2261.1", "level": 3},
    {"key": "birth", "title": "出生日期", "kind": "date", "means": "birth_on", "level": 3},
    {"key": "phone", "title": "手机", "means": "phone", "level": 4},
    {"key": "home", "title": "住址", "means": "address", "level": 3},
    {"key": "paid_to", "title": "缴费至", "kind": "date", "level": 2},
]
TITLES = [f["title"] for f in FIELDS]


def manager() -> Actor:
    return district.actor("data_manager", place=district.SHIFENG)


def approver() -> Actor:
    return district.actor("data_approver", place=district.SHIFENG)


def liaison(department: str = "430204-urban") -> Actor:
    return district.handler(department, role="liaison")


def source(code: str = "social", by: Actor | None = None, **given: Any) -> Source:
    values: dict[str, Any] = {
        "name": "城乡居民养老保险参保人员", "owner": "430204-urban", "place_code": district.SHIFENG, "kind": "file",
        "purpose": "核对居民养老保险参保情况", "legal_basis": "《社会保险法》第七十四条", "refresh": "monthly",
        "retention_days": 365, "fields": FIELDS,
    }  # fmt: skip
    return services.register_source(actor=by or manager(), code=code, **(values | given))


def sheet(rows: list[dict[str, str]]) -> bytes:
    lines = [",".join(TITLES)] + [",".join(r.get(f["key"], "") for f in FIELDS) for r in rows]
    return "\n".join(lines).encode()


def take(of: Source, rows: list[dict[str, str]], by: Actor | None = None, **given: Any) -> Intake:
    begun = services.begin_intake(actor=by or manager(), source_id=of.pk, name="参保.csv", data=sheet(rows), **given)
    return services.take_in(begun.pk)


PEOPLE = (
    ("苗禾青", "1", date(1961, 3, 26), "响石路8号响石家园2栋1单元301室"),
    ("柏岩岑", "2", date(1975, 7, 27), "响石路8号响石家园2栋1单元302室"),
    ("水汀舟", "1", date(1983, 11, 28), "响石路8号响石家园3栋2单元501室"),
    ("窦沐宁", "2", date(1990, 5, 29), "响石路8号响石家园5栋1单元102室"),
)


def people(place: int | None = None) -> list[Any]:
    """Four residents of the first cell, with documents and telephones."""
    at = place or district.cell().code
    made = []
    for name, sex, born, home in PEOPLE:
        values = {
            "id_type": "111", "id_number": NUMBERS.id_number(born, int(sex)), "name": name, "phone": NUMBERS.phone(),
            "home_address": home,
        }  # fmt: skip
        made.append((registry.register(actor=SYSTEM, values=values, place_code=at, source="采集"), values))
    return made


def row(of: tuple[Any, dict[str, str]], card: str, **changes: str) -> dict[str, str]:
    """A person as the other office has them."""
    person, values = of
    return {
        "card": card,
        "name": person.name,
        "id_number": values["id_number"],
        "sex": "男" if person.sex == "1" else "女",
        "birth": f"{person.birth_on:%Y-%m-%d}",
        "phone": values["phone"],
        "home": person.home_address,
        "paid_to": "2026-12-31",
    } | changes


def run(of: Source, by: Actor | None = None, **given: Any) -> LinkRun:
    asked = services.ask_run(actor=by or manager(), source_id=of.pk)
    return services.run_link(asked.pk, **given)
