"""A text suggests its category with a reason; a category at a place suggests its office."""

import csv
from pathlib import Path

import pytest

from wangge.events.suggest import Office, handler, suggest
from wangge.events.tests.test_catalogue_data import load

# Written after the word lists, by paraphrase, to measure and not to fit.
HELD_OUT = [
    ("0101", "单元楼后面丢了一地垃圾，好几天没人来收，发臭"), ("0102", "门口那排垃圾桶早就满了，袋子掉得到处都是"),
    ("0104", "谁家装修把碎砖倒在人行道边上"), ("0110", "楼前的井一直冒水，全是污水"),
    ("0201", "刚粉刷的墙又被人贴广告，全是通下水道的"), ("0203", "理发店的招牌快掉了，刮大风就晃"),
    ("0302", "对面工地凌晨还在干活，家里老人整晚没睡，夜间施工没人管吗"), ("0401", "烧烤摊每晚把桌子摆到马路上"),
    ("0403", "有人把小车停在人行道，行人没有路走"), ("0405", "楼下一辆车轮胎瘪了三年没人管，是僵尸车"),
    ("0409", "有户人家遛狗从来不牵绳子，吓到小孩"), ("0502", "马路边水管破裂，水喷得老高"),
    ("0503", "厨房闻到燃气味，已经关了阀"), ("0601", "路中间的井盖少了一个"),
    ("0602", "这条巷子的路灯坏了一个月，晚上看不见"), ("0701", "厂门口的路面坑洼，电动车容易翻"),
    ("0703", "十字路口红绿灯黑了"), ("0803", "树枝伸到我家阳台，想请人修剪"),
    ("0901", "隔壁在楼顶加盖了一层，是违建"), ("1001", "私家车把消防通道占满"),
    ("1003", "一楼住户从窗口拉线给电瓶车充电"), ("1006", "后面那栋自建房墙裂得很厉害"),
    ("1008", "我们楼电梯老是停在半路，昨天有人被困"), ("1102", "我妈接到自称客服的，让她转账，怀疑诈骗"),
    ("1201", "和隔壁为了走廊放鞋柜吵架，请来调解"), ("1301", "广场舞音响开到最大，孩子写不了作业"),
    ("1303", "楼下饭店油烟全飘进我家"), ("1304", "后山水沟变得发黑，有人偷排"),
    ("1401", "在超市买了一袋过期食品"), ("1406", "水果摊的秤不对，缺斤少两"),
    ("1501", "包工头不给钱，十几个人的工资没发"), ("1504", "在外省住院，回来医保怎么报销"),
    ("1505", "家里没收入，想申请低保"), ("1602", "小区车位太少，天天为停车位吵"),
    ("1606", "总有人从楼上扔垃圾下来，高空抛物太危险"), ("1701", "楼上的独居老人好几天没看到出来"),
    ("1707", "我父亲早上走失，穿蓝衣服"), ("1803", "小区老鼠特别多，晚上到处跑"),
    ("1902", "奶奶的养老认证到期了，不会用手机"), ("1606", "有户人家往下扔烟头把我被子烧了洞"),
]  # fmt: skip

OFFICES = {
    o.code: o
    for o in (
        Office("centre", "centre", "区网格中心", "centre", 430204000000000),
        Office("street", "street-005", "井龙街道分中心", "street", 430204005000000),
        Office("community", "", "新民社区", "community", 430204005001000),
        Office("urban", "urban", "城管局", "department", 430204000000000),
        Office("other-urban", "urban", "邻区城管局", "department", 430202000000000),
    )
}
CELL = 430204005001003


def test_held_out_texts_find_their_category() -> None:
    known = load()
    found = [(code, [s.code for s in suggest(text, known)]) for code, text in HELD_OUT]
    first = sum(code == got[0] for code, got in found if got) / len(found)
    third = sum(code in got for code, got in found) / len(found)
    missed = [(code, got) for code, got in found if code not in got]
    assert first >= 0.8, missed
    assert third >= 0.9, missed


@pytest.mark.parametrize("text", ["", "你好", "今天天气不错，出来走走", "？？？", "a" * 5000])
def test_not_sure_is_said(text: str) -> None:
    assert suggest(text, load()) == []


def test_the_reason_is_words_of_the_text() -> None:
    text = "楼道里有人飞线充电"
    best = suggest(text, load())[0]
    assert best.code == "1003"
    assert best.words
    assert all(w in text for w in best.words)
    assert "飞线充电" in best.reason


def test_an_edited_catalogue_is_used_at_once() -> None:
    one, two = load(), load()
    del two.categories["1003"]  # type: ignore[attr-defined]
    assert suggest("飞线充电", one)[0].code == "1003"
    assert all(s.code != "1003" for s in suggest("飞线充电", two))


def test_real_complaints_get_at_most_three_suggestions() -> None:
    path = Path(__file__).resolve().parents[4] / "shared/data/texts/labelled_300.csv"
    if not path.exists():
        pytest.skip("the labelled sample of public messages is absent")
    known = load()
    with path.open(encoding="utf-8-sig", newline="") as file:
        texts = [r["留言主题"] + r["留言详情"] for r in csv.DictReader(file)]
    for text in texts:
        assert len(suggest(text, known)) <= 3


@pytest.mark.parametrize(("code", "place", "office"), [
    ("0101", CELL, "community"),
    ("0103", CELL, "street"),
    ("0105", CELL, "urban"),
    ("0105", 430204005000000, "urban"),
    ("0101", 430204005000000, "street"),
    ("0101", 430204005999001, "street"),
    ("0103", 430204000000000, "centre"),
    ("1008", CELL, "street"),
])  # fmt: skip
def test_the_duty_list_and_the_place_name_the_office(code: str, place: int, office: str) -> None:
    known = load()
    found = handler(known.categories[code], place, known, OFFICES)
    assert found.department_code == office
    assert known.version in found.reason
    assert known.categories[code].name in found.reason


def test_without_any_office_a_person_is_asked() -> None:
    known = load()
    found = handler(known.categories["0101"], CELL, known, {})
    assert found.department_code is None
    assert found.reason.endswith("请人工选择承办单位。")
