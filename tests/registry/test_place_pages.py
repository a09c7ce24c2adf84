"""The pages of addresses, dwellings, lettings, fixtures, as people in offices open them, and the API beside them."""

import re
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import make
from tests.registry.test_rentals import ID, LANDLORD, resident
from wangge.casework.models import Case
from wangge.kernel import tables
from wangge.kernel.actor import SYSTEM
from wangge.kernel.models import AuditEntry
from wangge.registry.models import BuildingLead, Rental
from wangge.territory import queries as territory
from wangge.territory import services as territory_services
from wangge.territory.models import AddressDoubt, Dwelling, Fixture, StandardAddress
from wangge.territory.services import FixtureRow, HouseRow


@pytest.fixture
def homes(district: None) -> list[int]:
    """A building of twelve dwellings in the first cell of 井龙街道."""
    cell = make.cell()
    lng, lat = make.point(cell)
    rows = [
        HouseRow(cell.code, "新民路", "42号", "新民家园", "2栋", f"{u}单元", f"{f}{d:02d}室", f, 88.4, "01", lng, lat)
        for u in (1, 2)
        for f in (1, 2, 3)
        for d in (1, 2)
    ]
    return [t.dwelling_id or 0 for t in territory_services.load_addresses(actor=SYSTEM, rows=rows, source="演示")]


@pytest.fixture
def clerk(sign_in: Any, district: None) -> Client:
    return sign_in(make.actor("registry_clerk", place=make.SHIFENG))


@pytest.fixture
def officer(sign_in: Any, district: None) -> Client:
    return sign_in(make.officer(make.cell()))


def text(response: Any) -> str:
    return response.content.decode()


def home(homes: list[int]) -> int:
    return Dwelling.objects.get(address__name="301室", address__full__contains="1单元").pk


PAGES = [
    "/territory/addresses", "/territory/addresses/new", "/territory/doubts", "/territory/fixtures", "/territory/fixtures/new",
    "/territory/census", "/registry/dwellings", "/registry/rentals",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_without_anything_in_it(clerk: Client, path: str) -> None:
    response = clerk.get(path)
    assert response.status_code == 200
    assert clerk.get(path + "?q=无&within=430204000001000&place=430204000001000&after=").status_code == 200


def test_a_spoken_address_is_found_in_the_list_and_in_the_tree(clerk: Client, homes: list[int]) -> None:
    page = text(clerk.get("/registry/dwellings?q=" + quote("新民家园二幢一单元三〇一")))
    assert page.count("/registry/dwellings/") >= 1
    assert "新民路42号新民家园2栋1单元301室" in page
    assert "2单元301室" not in page
    tree = text(clerk.get("/territory/addresses?q=" + quote("新民家园2#1-301")))
    assert "识别为" in tree
    assert "没有符合条件" in text(clerk.get("/registry/dwellings?q=" + quote("不存在的楼")))


def test_lists_end_at_the_reach_of_the_post(sign_in: Any, homes: list[int]) -> None:
    stranger = sign_in(make.officer(make.cell(n=4)))
    for path in ("/registry/dwellings", "/registry/rentals", "/api/v1/dwellings"):
        assert "新民路42号" not in text(stranger.get(path + "?q=" + quote("新民家园2栋")))
        assert "新民路42号" not in text(stranger.get(path))
    assert stranger.get(f"/registry/dwellings/{homes[0]}").status_code == 404
    assert stranger.get(f"/api/v1/dwellings/{homes[0]}").status_code == 404
    assert stranger.get("/registry/dwellings/export").status_code == 403
    assert stranger.post(f"/registry/dwellings/{homes[0]}/verify").status_code == 404


def test_the_tree_is_grown_renamed_and_pruned_at_the_desk(clerk: Client, homes: list[int]) -> None:
    estate = StandardAddress.objects.get(kind="estate")
    made = clerk.post(
        f"/territory/addresses/{estate.pk}/child", {"kind": "building", "name": "3", "place": make.cell().code}
    )
    assert made.status_code == 302
    building = StandardAddress.objects.get(kind="building", name="3栋")
    assert building.full.endswith("新民路42号新民家园3栋")
    again = clerk.post(f"/territory/addresses/{estate.pk}/child", {"kind": "road", "name": "某路"})
    assert again.status_code == 422
    assert (
        clerk.post(
            f"/territory/addresses/{building.pk}/building", {"floors": "18", "entrances": "2", "use": "01"}
        ).status_code
        == 302
    )
    assert clerk.post(f"/territory/addresses/{estate.pk}/estate", {"keeper": "演示物业"}).status_code == 302
    assert clerk.post(f"/territory/addresses/{estate.pk}/rename", {"name": "锦绣花园"}).status_code == 302
    assert "新民家园" in text(clerk.get(f"/territory/addresses/{estate.pk}"))  # as an alias
    assert clerk.post(f"/territory/addresses/{estate.pk}/alias", {"text": "老机械厂"}).status_code == 302
    alias = estate.aliases.get(text="老机械厂")
    assert clerk.post(f"/territory/aliases/{alias.pk}/drop", {"address": estate.pk}).status_code == 302
    assert clerk.post(f"/territory/addresses/{building.pk}/move", {"parent": "新民路42号"}).status_code == 302
    refused = clerk.post(f"/territory/addresses/{building.pk}/move", {"parent": "不知道的地方"})
    assert refused.status_code == 422
    assert "没有找到这个上级地址" in text(refused)
    assert clerk.post(f"/territory/addresses/{building.pk}/retire", {"on": "2026-03-10"}).status_code == 302
    assert clerk.post(f"/territory/addresses/{estate.pk}/building", {"floors": "1"}).status_code == 404


def test_a_doubt_is_settled_at_the_desk(clerk: Client, homes: list[int]) -> None:
    said = "机械厂宿舍2栋1单元301"
    within = make.cell().community_id
    (pk,) = territory_services.raise_doubts(
        actor=SYSTEM, within=within, texts=[(said, territory.resolve(said, within))], origin="import:1"
    )
    assert said in text(clerk.get("/territory/doubts"))
    assert clerk.post(f"/territory/doubts/{pk}", {"act": "dismiss"}).status_code == 422
    told = clerk.post(f"/territory/doubts/{pk}", {"other": "新民家园2栋1单元301"})
    assert told.status_code == 302
    assert AddressDoubt.objects.get(pk=pk).address_id == home(homes)
    assert clerk.post(f"/territory/doubts/{pk}/undo").status_code == 302
    assert AddressDoubt.objects.get(pk=pk).state == "open"


def test_the_file_of_a_dwelling_and_its_letting(clerk: Client, officer: Client, homes: list[int]) -> None:
    at = home(homes)
    resident(make.officer(make.cell()), at)
    page = text(officer.get(f"/registry/dwellings/{at}"))
    assert "罗建国" in page
    assert "自住" in page
    values = LANDLORD | {"since": "2026-01-01"}
    wrong = officer.post(f"/registry/dwellings/{at}/rent", values | {"landlord_phone": "12"})
    assert wrong.status_code == 422
    assert officer.post(f"/registry/dwellings/{at}/rent", values).status_code == 302
    page = text(officer.get(f"/registry/dwellings/{at}"))
    assert ID not in page
    assert ID[-4:] in page
    assert "14200001111" not in page
    rental = Rental.objects.get()
    changed = {"step": rental.step, "let_as": "01", "landlord_id_type": "111"}
    assert officer.post(f"/registry/dwellings/{at}/rent", changed).status_code == 302
    assert (
        officer.post(f"/registry/dwellings/{at}/rent", changed | {"let_as": "02"}).status_code == 422
    )  # seen too early
    assert officer.post(f"/registry/dwellings/{at}/hazard", {"codes": ["01"], "text": "私拉电线"}).status_code == 302
    assert "有隐患" in text(officer.get(f"/registry/dwellings/{at}"))
    assert "火灾" in text(officer.get("/registry/rentals?hazard=01"))
    assert officer.post(f"/registry/dwellings/{at}/reveal", {"reason": "联系房主整改"}).status_code == 403
    assert clerk.post(f"/registry/dwellings/{at}/reveal", {"reason": "看"}).status_code == 422
    shown = clerk.post(f"/registry/dwellings/{at}/reveal", {"reason": "联系房主整改"})
    assert ID in text(shown)
    assert shown["Cache-Control"] == "no-store"
    assert officer.post(f"/registry/dwellings/{at}/clear", {"note": "已换线路"}).status_code == 302
    assert officer.post(f"/registry/dwellings/{at}/end", {"until": "2026-03-10", "reason": "搬离"}).status_code == 302
    assert (
        officer.post(f"/registry/dwellings/{at}/facts", {"floor": "3", "area_m2": "90", "use": "06"}).status_code == 302
    )
    assert officer.post(f"/registry/dwellings/{at}/verify").status_code == 302
    assert Dwelling.objects.get(pk=at).verified_on == date(2026, 3, 10)
    assert clerk.post(f"/registry/dwellings/{at}/retire", {"on": "2026-03-10"}).status_code == 422
    other = next(pk for pk in homes if pk != at)
    assert clerk.post(f"/registry/dwellings/{other}/retire", {"on": "2026-03-10"}).status_code == 302
    as_of = text(officer.get(f"/registry/dwellings/{at}?as_of=2025-06-01"))
    assert "罗建国" not in as_of
    assert "空置" in as_of


def test_tables_go_out_with_a_trace_and_come_back(clerk: Client, homes: list[int]) -> None:
    out = clerk.get("/registry/dwellings/export")
    read = tables.read(out.content, "a.xlsx", [tables.Column("full", "标准地址"), tables.Column("state", "居住状态")])
    assert len(read.rows) == 12
    assert {v["state"] for _, v in read.rows} == {"空置"}
    assert AuditEntry.objects.filter(action="registry.dwellings_exported").count() == 1
    assert clerk.get("/registry/rentals/export").status_code == 200
    assert clerk.get("/territory/addresses/export").status_code == 200
    lng, lat = make.point(make.cell())
    territory_services.add_fixture(actor=SYSTEM, row=FixtureRow("0118", lng, lat, spot="新民路42号门前"))
    sheet = clerk.get("/territory/fixtures/export").content
    Fixture.objects.all().delete()
    sent = {"kind": "fixtures", "file": SimpleUploadedFile("部件.xlsx", sheet), "source": "城管", "as_of": "2026-03-10",
            "area": str(make.SHIFENG)}  # fmt: skip
    page = clerk.get("/registry/imports?what=fixtures")
    assert 'value="fixtures" selected' in text(page)
    batch = clerk.post("/registry/imports", sent)
    assert batch.status_code == 302, text(batch)
    assert "上水井盖" not in text(clerk.get(batch["Location"]))
    assert "部件标识码" in text(clerk.get(batch["Location"]))


def test_a_building_shows_its_storeys_and_who_looks_after_it(officer: Client, homes: list[int]) -> None:
    at = home(homes)
    person = resident(make.officer(make.cell()), at)
    building = StandardAddress.objects.get(kind="building")
    page = text(officer.get(f"/registry/buildings/{building.pk}"))
    assert page.index("3 层") < page.index("1 层")
    assert "1 人" in page
    assert (
        officer.post(f"/registry/buildings/{building.pk}", {"person": person, "since": "2026-03-01"}).status_code == 302
    )
    assert BuildingLead.objects.get().person_id == person
    told = officer.post(f"/registry/buildings/{building.pk}", {"end": "1", "until": "2026-03-05", "reason": "搬离"})
    assert told.status_code == 302
    assert BuildingLead.objects.get().until == date(2026, 3, 5)


def test_a_fixture_from_registration_to_its_label(clerk: Client, officer: Client, district: None) -> None:
    lng, lat = make.point(make.cell())
    given = {"kind": "0118", "lng": lng, "lat": lat, "spot": "新民路42号门前", "state": "intact"}
    assert clerk.post("/territory/fixtures/new", given | {"kind": ""}).status_code == 422
    assert clerk.post("/territory/fixtures/new", given).status_code == 302
    one = Fixture.objects.get()
    page = text(clerk.get(f"/territory/fixtures/{one.code}"))
    assert "<svg" in page
    assert f"/f/{one.code}" in page
    assert officer.post(f"/territory/fixtures/{one.code}/check", {"result": "missing"}).status_code == 422
    assert (
        officer.post(f"/territory/fixtures/{one.code}/check", {"result": "missing", "text": "被撞倒"}).status_code
        == 302
    )
    assert Fixture.objects.get().state == "missing"
    edit = {"step": 2, "state": "intact", "lng": lng, "lat": lat, "name": "路灯", "owner": "路灯管理处"}
    assert clerk.post(f"/territory/fixtures/{one.code}/edit", edit).status_code == 302
    labels = clerk.get("/territory/fixtures/labels")
    assert labels["Content-Type"] == "application/pdf"
    assert labels.content.startswith(b"%PDF")
    census = {
        "name": "年度普查",
        "place": make.JINGLONG,
        "kinds": ["01"],
        "starts_on": "2026-03-01",
        "due_on": "2026-03-31",
    }
    assert clerk.post("/territory/census", census).status_code == 302
    page = text(clerk.get("/territory/census"))
    assert "年度普查" in page
    number = re.search(r"/territory/census/(\d+)", page)
    assert number is not None
    assert one.code in text(clerk.get(f"/territory/census/{number[1]}"))
    assert clerk.post(f"/territory/census/{number[1]}/close").status_code == 302


def test_who_scans_the_code_says_only_what_is_wrong(client: Client, district: None) -> None:
    cell = make.cell()
    lng, lat = make.point(cell)
    one = territory_services.add_fixture(
        actor=SYSTEM, row=FixtureRow("0118", lng, lat, spot="新民路42号门前", owner="路灯管理处")
    )
    page = client.get(f"/f/{one.code}")
    assert "路灯管理处" in text(page)
    assert client.get("/f/4302040118999999").status_code == 404
    begun = client.post(f"/f/{one.code}")
    assert begun["Location"] == "/report"
    assert client.post("/report", {"text": "路灯的灯罩掉下来了，很危险"})["Location"] == "/report/category"
    assert client.post("/report/category", {"category": "unsure"})["Location"] == "/report/photos"
    assert client.post("/report/photos").status_code == 302
    assert client.post("/report/contact", {"name": "", "phone": ""})["Location"] == "/report/check"
    assert one.code in text(client.get("/report/check"))
    assert client.post("/report/check")["Location"] == "/report/done"
    case = Case.objects.order_by("-id").first()
    assert case is not None
    assert case.place_code == cell.code
    assert one.code in case.text


def test_the_api_gives_dwellings_of_the_reach(officer: Client, homes: list[int]) -> None:
    told = officer.get("/api/v1/dwellings?limit=5").json()
    assert len(told["items"]) == 5
    more = officer.get("/api/v1/dwellings", {"limit": 50, "cursor": told["next"]}).json()
    assert len(more["items"]) == 7
    found = officer.get("/api/v1/dwellings", {"q": "新民家园2栋1单元301", "state": "empty"}).json()["items"]
    assert [i["address"] for i in found] == ["井龙街道新民路42号新民家园2栋1单元301室"]
    single = officer.get(f"/api/v1/dwellings/{found[0]['id']}").json()
    assert [level["name"] for level in single["levels"]] == ["新民路", "42号", "新民家园", "2栋", "1单元", "301室"]
    assert single["residents"] == 0
    for wrong in ({"use": "zz"}, {"state": "x"}, {"area": "12"}, {"limit": "999"}, {"unverified_before": "x"}):
        assert officer.get("/api/v1/dwellings", wrong).status_code == 422
    document = officer.get("/api/v1/openapi.json").json()
    assert "/api/v1/dwellings" in document["paths"]
    assert "Dwelling" in document["components"]["schemas"]
