"""Addresses: twenty ways to write one, what is doubtful, what is placed, renamed, moved, decided and taken back."""

from collections.abc import Iterator

import pytest

from wangge.kernel import scope
from wangge.kernel.actor import SYSTEM
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.territory import queries, services
from wangge.territory.models import AddressAlias, Dwelling, StandardAddress
from wangge.territory.rules import addresses as forms
from wangge.territory.services import HouseRow
from wangge.territory.tests import make

SHIFENG = 430204000000000
SPOKEN = """湖南省株洲市石峰区井龙街道新民社区新民路42号新民家园1期2栋1单元301室
石峰区井龙街道新民路42号新民家园一期2栋1单元301
新民路42号新民家园1期2栋1单元301室
新民家园1期2栋1单元301
新民家园一期二栋一单元三〇一
新民家园一期二幢一单元301号
新民家园1期2号楼1单元301室
新民家园1期2#1单元301
新民家园1期2-1-301
新民家园1期２－１－３０１
新民家园1期2座1门301房
新民家园1期 第2栋 第1单元 3楼 01室
新民家园1期2栋1单元3层01
新民家园1期2栋1单元3-1
新民家园1期贰栋壹单元叁零壹室
新民家园1期2栋1-301
新民家园2栋1单元301
新民路四十二号2栋1单元301室
新民家园（新民路42号）2栋1单元301室
井龙街道新民社区居委会新民家园1期2栋1单元301户
新民家園1期2棟1單元301室
新民家园1期，2栋，1单元，301室
湖南株洲石峰区新民路42号新民家园1期2幢1单元0301室
2栋1单元301室新民家园1期
301室，1单元，2栋，新民家园1期
２幢１门３０１房 新民家园一期
新民路42#2栋1单元301
新民家园1期2撞1单元301
新民家园1期2栋1単元301室""".splitlines()


@pytest.fixture
def land(db: None) -> Iterator[None]:
    with scope.system():
        queries.forget()
        make.divisions()
        yield


@pytest.fixture
def houses(land: None) -> dict[str, int]:
    """新民家园 1期 and 2期 with two buildings, a street of shops, a village group; id by short text."""
    rows = [
        HouseRow(make.XINMIN, "新民路", number, estate, f"{b}栋", f"{u}单元", f"{f}{d:02d}室", f)
        for number, estate in (("42号", "新民家园1期"), ("44号", "阳光公寓"))
        for b in (1, 2)
        for u in (1, 2)
        for f in (1, 2, 3)
        for d in (1, 2)
    ]
    rows += [
        HouseRow(make.XINMIN, "新民路", "1号", "", "", "", "101室"),
        HouseRow(make.XINMIN, "新民路", "3号附1号", "", "", "", "全户"),
        HouseRow(make.XINMIN, "新民路", "5号", "", "综合楼", "", "201室"),
        HouseRow(430204005209000, "郭家塘村3组", "5号", "", "", "", "全户"),
    ]
    told = services.load_addresses(actor=SYSTEM, rows=rows, source="演示")
    assert not any(t.sentence for t in told)
    return {forms.fold("".join(n for _, n in r.levels)): t.dwelling_id or 0 for r, t in zip(rows, told, strict=True)}


def wanted(houses: dict[str, int], text: str = "新民路42号新民家园1期2栋1单元301室") -> int:
    return houses[forms.fold(text)]


@pytest.mark.parametrize("spoken", SPOKEN)
def test_however_it_is_written_it_is_the_same_dwelling(houses: dict[str, int], spoken: str) -> None:
    found = queries.resolve(spoken, make.XINMIN)
    assert found.dwelling_id == wanted(houses), (found, spoken)
    assert found.confidence >= 0.85
    assert queries.resolve_many([spoken], SHIFENG)[0].dwelling_id == wanted(houses)


@pytest.mark.parametrize(
    ("spoken", "told"),
    [
        ("新民路1号101室", "新民路1号101室"),
        ("新民路1号", "新民路1号101室"),
        ("新民路3-1号", "新民路3号附1号全户"),
        ("新民路三号之1", "新民路3号附1号全户"),
        ("新民路5号综合楼201", "新民路5号综合楼201室"),
        ("综合楼201室", "新民路5号综合楼201室"),
        ("郭家塘村三组5号", "郭家塘村3组5号全户"),
        ("石峰区郭家塘村第三村民小组5号", "郭家塘村3组5号全户"),
        ("阳光公寓1-2-302", "新民路44号阳光公寓1栋2单元302室"),
    ],
)
def test_houses_without_some_levels_resolve_too(houses: dict[str, int], spoken: str, told: str) -> None:
    within = 430204005000000
    assert queries.resolve(spoken, within).dwelling_id == wanted(houses, told), queries.resolve(spoken, within)
    assert queries.resolve_many([spoken], within)[0].dwelling_id == wanted(houses, told)


@pytest.mark.parametrize(
    ("spoken", "why"),
    [
        ("新民家园1期2栋301", "处地址都符合"),  # two entrances have a 301
        ("新民家园1期2栋1单元901室", "没有登记这一室"),
        ("新民家园1期9栋1单元301室", "没有登记这一栋"),
        ("新民路99号2栋1单元301室", "门牌"),
        ("新民花园1期2栋1单元301室", "相近"),
        ("新民家园1期对面", "附近"),
        ("新民家园1期2栋1单元301 张先生家", "未识别"),
        ("东新民路42号2栋1单元301室", "未识别"),
        ("荷塘区新民家园1期2栋1单元301室", "未识别|区划不符"),
        ("新民路1号阳光公寓1栋1单元101室", "门牌号不符"),
        ("飞来山庄七幢", "没有相近"),
        ("", "没有填写"),
    ],
)
def test_what_is_not_sure_is_left_to_a_person(houses: dict[str, int], spoken: str, why: str) -> None:
    import re

    for found in (queries.resolve(spoken, make.XINMIN), queries.resolve_many([spoken], make.XINMIN)[0]):
        assert found.address_id is None, found
        assert re.search(why, found.reason + "".join(c.why for c in found.candidates)), found


def test_a_search_finds_every_dwelling_that_may_be_meant(houses: dict[str, int]) -> None:
    two = queries.dwelling_ids_for("新民家园1期2栋301", make.XINMIN)
    assert set(two) == {wanted(houses), wanted(houses, "新民路42号新民家园1期2栋2单元301室")}
    assert len(queries.dwelling_ids_for("新民家园1期2栋", make.XINMIN)) == 12
    assert len(queries.dwelling_ids_for("阳光公", make.XINMIN)) == 24
    assert queries.dwelling_ids_for("不存在的地方", make.XINMIN) == []


def test_the_same_rows_again_change_nothing_and_fill_what_was_empty(houses: dict[str, int]) -> None:
    before = StandardAddress.objects.count()
    row = HouseRow(
        make.XINMIN, "新民路", "42号", "新民家园一期", "2幢", "一单元", "301", area_m2=88.4, lng=113.1, lat=27.9
    )
    again = services.load_addresses(actor=SYSTEM, rows=[row, row])
    assert [a.dwelling_id for a in again] == [wanted(houses)] * 2
    assert not again[0].is_new
    assert StandardAddress.objects.count() == before
    assert Dwelling.objects.get(pk=wanted(houses)).area_m2 is not None
    other = HouseRow(make.XINMIN, "新民路", "42号", "新民家园1期", "2栋", "1单元", "301室", area_m2=1)
    services.load_addresses(actor=SYSTEM, rows=[other])
    assert float(Dwelling.objects.get(pk=wanted(houses)).area_m2 or 0) == 88.4


def test_a_bad_row_is_told_and_spoils_none(land: None) -> None:
    rows = [
        HouseRow(430204005001999, "新民路", "1号"),
        HouseRow(make.XINMIN),
        HouseRow(make.XINMIN, "新民路", "2号", room="x" * 90),
        HouseRow(make.XINMIN, "新民路", "2号", room="101"),
        HouseRow(make.TIANXIN, "田心路", "2号"),
    ]
    told = services.load_addresses(actor=make.editor(make.XINMIN, "territory.places"), rows=rows)
    assert [bool(t.sentence) for t in told] == [True, True, True, False, True]
    assert [t.field for t in told] == ["place_code", "road", "dwelling", "", "place_code"]
    assert StandardAddress.objects.count() == 3
    with pytest.raises(NoRight):
        services.load_addresses(actor=make.editor(make.XINMIN, "territory.view"), rows=rows)


def test_an_address_is_placed_once_with_what_is_above_it(land: None) -> None:
    levels = [("road", "新民路"), ("number", "42"), ("building", "2"), ("dwelling", "301")]
    one = services.place_address(actor=SYSTEM, place_code=make.XINMIN, levels=levels, floor=3)
    assert one.full == "井龙街道新民路42号2栋301室"
    assert [a.name for a in queries.address_path(one.pk)] == ["新民路", "42号", "2栋", "301室"]
    again = services.place_address(
        actor=SYSTEM, place_code=make.XINMIN, levels=[*levels[:2], ("building", "二幢"), levels[3]]
    )
    assert again.pk == one.pk
    with pytest.raises(Refusal, match="次序"):
        services.place_address(actor=SYSTEM, place_code=make.XINMIN, levels=levels[::-1])
    with pytest.raises(Refusal, match="编码"):
        services.place_address(actor=SYSTEM, place_code=make.JINGLONG, levels=levels)
    with pytest.raises(NotHere):
        services.place_address(
            actor=make.editor(make.SHIDAI, "territory.places"), place_code=make.XINMIN, levels=levels
        )


def test_a_point_places_what_stands_in_a_known_community(land: None) -> None:
    cell = make.cell(0)
    lng, lat = make.point(100, 100)
    one = services.place_address(
        actor=SYSTEM, place_code=make.XINMIN, levels=[("road", "新民路"), ("dwelling", "1")], lng=lng, lat=lat
    )
    assert one.place_code == cell.code
    assert Dwelling.objects.get(pk=one.pk).place_code == cell.code


def test_a_renamed_estate_answers_to_both_names(houses: dict[str, int]) -> None:
    estate = StandardAddress.objects.get(kind="estate", name="新民家园1期")
    services.rename_address(actor=SYSTEM, address_id=estate.pk, name="锦绣华庭")
    one = queries.address(wanted(houses))
    assert one.full == "井龙街道新民路42号锦绣华庭2栋1单元301室"
    for spoken in ("锦绣华庭2栋1单元301", "新民家园1期2栋1单元301"):
        assert queries.resolve(spoken, make.XINMIN).dwelling_id == one.pk
    with pytest.raises(Refusal, match="没有改动"):
        services.rename_address(actor=SYSTEM, address_id=estate.pk, name="锦绣华庭")


def test_a_building_moves_with_its_rooms_and_never_under_itself(houses: dict[str, int]) -> None:
    building = queries.address_path(wanted(houses))[3]
    target = StandardAddress.objects.get(kind="number", name="1号")
    services.move_address(actor=SYSTEM, address_id=building.pk, parent_id=target.pk)
    assert queries.resolve("新民路1号2栋1单元301室", make.XINMIN).dwelling_id == wanted(houses)
    room = queries.address(wanted(houses))
    with pytest.raises(Refusal, match="自己的下级"):
        services.move_address(actor=SYSTEM, address_id=building.pk, parent_id=room.parent_id)
    stranger = services.place_address(actor=SYSTEM, place_code=make.SHIDAI, levels=[("road", "时代路")])
    with pytest.raises(Refusal, match="本社区"):
        services.move_address(actor=SYSTEM, address_id=building.pk, parent_id=stranger.pk)


def test_what_ended_resolves_no_more_and_its_words_may_stand_again(houses: dict[str, int]) -> None:
    room = queries.address(wanted(houses))
    with pytest.raises(Refusal, match="下级"):
        services.retire_address(actor=SYSTEM, address_id=room.parent_id or 0)
    services.retire_address(actor=SYSTEM, address_id=room.pk)
    assert queries.resolve(SPOKEN[2], make.XINMIN).address_id is None
    new = services.load_addresses(
        actor=SYSTEM, rows=[HouseRow(make.XINMIN, "新民路", "42号", "新民家园1期", "2栋", "1单元", "301室")]
    )[0]
    assert new.is_new
    assert queries.resolve(SPOKEN[2], make.XINMIN).dwelling_id == new.dwelling_id
    with pytest.raises(Refusal, match="已停用"):
        services.rename_address(actor=SYSTEM, address_id=room.pk, name="302室")


def test_a_doubt_is_decided_once_and_taken_back(houses: dict[str, int]) -> None:
    clerk, text = make.editor(make.XINMIN, "territory.places"), "机械厂老宿舍2栋一单元301"
    found = queries.resolve(text, make.XINMIN)
    assert found.address_id is None
    ids = services.raise_doubts(
        actor=clerk, within=make.XINMIN, texts=[(text, found), ("机械厂老宿舍2栋1单元301", found)], origin="import:7"
    )
    assert ids[0] == ids[1]
    again = services.raise_doubts(actor=clerk, within=make.XINMIN, texts=[(text, found)], origin="import:8")
    assert again == ids[:1]
    doubt = queries.doubts(clerk)[0]
    assert (doubt.times, doubt.origins) == (3, ["import:7", "import:8"])
    with pytest.raises(Refusal, match="为什么"):
        services.decide_doubt(actor=clerk, doubt_id=doubt.pk, address_id=None)
    services.decide_doubt(actor=clerk, doubt_id=doubt.pk, address_id=wanted(houses))
    assert queries.resolve(text, make.XINMIN).dwelling_id == wanted(houses)
    assert queries.resolve_many([text], SHIFENG)[0].dwelling_id == wanted(houses)
    with pytest.raises(Refusal, match="已由周敏认定"):
        services.decide_doubt(actor=clerk, doubt_id=doubt.pk, address_id=wanted(houses))
    services.undo_doubt(actor=clerk, doubt_id=doubt.pk)
    assert queries.resolve(text, make.XINMIN).address_id is None
    assert not AddressAlias.objects.exists()
    assert [d.state for d in queries.doubts(clerk)] == ["open"]


def test_doubts_of_elsewhere_are_not_seen(houses: dict[str, int]) -> None:
    found = queries.resolve("不知道哪里", make.XINMIN)
    ids = services.raise_doubts(actor=SYSTEM, within=make.XINMIN, texts=[("不知道哪里", found)], origin="import:1")
    stranger = make.editor(make.SHIDAI, "territory.places")
    with scope.use(stranger):
        assert list(queries.doubts(stranger)) == []
        with pytest.raises(NotHere):
            services.decide_doubt(actor=stranger, doubt_id=ids[0], address_id=wanted(houses))
        with pytest.raises(NotHere):
            services.raise_doubts(actor=stranger, within=make.XINMIN, texts=[("某处", found)], origin="import:1")


def test_an_alias_means_another_form_and_can_be_dropped(houses: dict[str, int]) -> None:
    estate = StandardAddress.objects.get(kind="estate", name="阳光公寓")
    alias = services.add_alias(actor=SYSTEM, address_id=estate.pk, text="老电厂宿舍")
    assert queries.resolve("老电厂宿舍1栋1单元101", make.XINMIN).dwelling_id == wanted(
        houses, "新民路44号阳光公寓1栋1单元101室"
    )
    services.drop_alias(actor=SYSTEM, alias_id=alias.pk)
    assert queries.resolve("老电厂宿舍1栋1单元101", make.XINMIN).dwelling_id is None
    with pytest.raises(Refusal, match="相同"):
        services.add_alias(actor=SYSTEM, address_id=estate.pk, text="阳光公寓")


def test_the_figures_count_what_stands_on_the_day(houses: dict[str, int]) -> None:
    from datetime import date

    from wangge.kernel import metrics
    from wangge.kernel.metrics import Period, Place

    march, place = Period(date(2026, 3, 1), date(2026, 4, 1)), Place(make.XINMIN, make.XINMIN + 999)
    counted = {
        code: metrics.value(SYSTEM, f"territory.{code}", march, place) for code in ("dwellings", "buildings", "estates")
    }
    assert counted == {"dwellings": 51, "buildings": 5, "estates": 2}
    services.retire_address(actor=SYSTEM, address_id=wanted(houses), on=date(2026, 3, 31))
    assert metrics.value(SYSTEM, "territory.dwellings", march, place) == 50
    february = Period(date(2026, 2, 1), date(2026, 3, 1))
    assert metrics.value(SYSTEM, "territory.dwellings", february, place) == 51


@pytest.mark.django_db(transaction=True)
def test_two_who_place_the_same_address_at_once_make_one() -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    with scope.system():
        make.divisions()

    def place(n: int) -> int:
        try:
            with scope.system():
                levels = [("road", "新民路"), ("number", "42号"), ("building", "2栋"), ("dwelling", f"30{n % 2 + 1}室")]
                return services.place_address(actor=SYSTEM, place_code=make.XINMIN, levels=levels).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(place, range(8)))
    assert len(set(made)) == 2
    assert StandardAddress.objects.count() == 5
    assert Dwelling.objects.count() == 2
