"""Invented words of the demonstration: reports, results, notes, reasons, call-backs. Deterministic from a `random.Random`.

Everything is put together from phrases written for this product (`data/texts.yaml`); no sentence of a real person is in it.
"""

import random
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import yaml

TITLE = 20


class Phrases(NamedTuple):
    """The phrases of one 小类: what is wrong, what it leads to, what was done."""

    what: tuple[str, ...]
    detail: tuple[str, ...]
    done: str


SPOTS = (
    "东头", "西边", "南门", "北侧", "后面巷子", "菜店旁边", "公交站附近", "小学对面", "老宿舍楼下", "三栋前坪", "车棚边", "水塔下面",
    "拐弯处", "第二个路口", "小广场", "早餐店门口", "五栋和六栋之间", "卫生室旁", "岔路口", "围墙外",
)  # fmt: skip
WHEN = (
    "今天早上",
    "今天中午",
    "昨天晚上",
    "从前天开始",
    "这几天",
    "最近一个星期",
    "刚才",
    "上午九点多",
    "下午四点左右",
    "天黑以后",
    "周末两天",
    "一大早",
)
ASK = (
    "请派人来看看。",
    "麻烦尽快处理。",
    "希望能解决一下。",
    "请有关部门管一管。",
    "盼回复。",
    "谢谢。",
    "希望有个结果。",
    "请帮忙协调。",
)
OFFICER_OPEN = ("巡查发现，", "入户走访时，", "例行巡查至此，", "居民当面反映，", "早间巡查，", "复查时看到，")
OFFICER_END = (
    "已拍照，提请处置。",
    "现场已先行提醒，需有关单位处理。",
    "情况属实，请按职责分派。",
    "已在现场守候，等待处理。",
    "已做好解释，请跟进。",
    "请按时限办理。",
)
SELF_END = ("现场已处理完毕。", "当场劝导到位，已恢复。", "动员后当场整改。", "随手处理完成。")
HOTLINE_OPEN = ("来电人反映，", "市民来电称，", "来电求助，")
NOTES = (
    "已到现场查看，情况与反映一致。", "已联系当事人，约明天上午见面。", "材料已备好，等班组进场。", "现场已放警示牌。", "已与社区对接，由社区先做解释。",
    "配件已到，今天更换。", "第一次上门无人，已留条。", "已会同协办单位看过现场。", "正在按程序办理，预计两天内完成。", "已完成一半，剩余明天继续。",
)  # fmt: skip
CALLS = {
    5: ("处理得很快，谢谢。", "当天就解决了，满意。", "态度好，办得实在。", "没想到这么快。"),
    4: ("问题解决了。", "基本处理好了。", "办得不错，还要保持。"),
    3: ("处理了，时间长了一点。", "还可以。", "解决了一部分。"),
    2: ("只清了一半。", "过两天又是老样子。", "没有人告诉我结果。"),
    1: ("没有解决，请再来看。", "回复和现场不一样。"),
}
REASONS: dict[str, tuple[str, ...]] = {
    "send_back": ("该处不在本单位管养范围，按职责清单应由其他单位承办。", "经现场核对，产权属其他单位，建议改派。", "该事项属行业主管部门职责，附清单依据。"),
    "decline": ("现场核实未见反映的情况。", "该事项已进入诉讼程序，请按法院程序办理。", "与先前件为同一事项，无新的事实。", "事发地不在本区。"),
    "hold": ("须待雨停后施工。", "配件须定制，等待到货。", "正在履行法定公告程序。", "等待第三方检测结果。", "维修资金正在申请。"),
    "ask_extension": ("涉及单位多，需要协商时间。", "材料采购周期较长。", "当事人外出，约定回来后办理。", "连日降雨，工期顺延。"),
    "grant_extension": ("情况属实，同意延期，请告知反映人。", "理由充分，同意一次。"),
    "deny_extension": ("理由不充分，请在时限内办结。",),
    "rework": ("现场仍有残留，请再处理。", "只处理了一处，另一处没有动。", "照片与现场不符，请补充。", "反映人表示没有解决。"),
    "reopen": ("同一地点再次出现，重新办理。", "反映人提供了新的情况。"),
    "void": ("测试数据，作废。", "重复录入，作废。"),
    "merge": ("与先前件为同一地点、同一事项。", "多人反映同一件事，合并办理。"),
    "hand_up": ("超出本级职责，需要上级协调。", "涉及多个部门，本级无法解决。", "本级已劝导，需要执法单位处理。"),
    "hand_down": ("属基层职责，转下级办理。",),
    "designate": ("两次退回，经研判指定承办。", "职责有争议，指定由你单位牵头。"),
    "supervise": ("已超过时限，请说明原因并抓紧办理。", "反映人多次来电，请督促。"),
    "urge": ("时限将到，请抓紧。", "请尽快反馈进展。"),
    "explain_card": ("因天气原因耽误，已安排加班，两天内办完。", "经办人交接时遗漏，已整改。"),
    "appeal_card": ("该件在挂起期间，不应计时，请复核。",),
    "uphold_card": ("经复核，时限计算无误，维持。",),
    "cancel_card": ("经复核属实，撤销。",),
    "confirm": ("现场核实，情况属实。", "已看过现场，符合立案条件。"),
    "refute": ("现场核实，未见反映的情况。",),
    "accept": ("符合立案条件，予以受理。",),
    "verify": ("现场核查，已处理到位。", "与处置后照片一致，通过。"),
}  # fmt: skip


@cache
def phrases() -> dict[str, Phrases]:
    """The phrases by 小类 code."""
    data = _data()
    out = {}
    for code, line in data["rows"].items():
        what, detail, done = line.split("/")
        more = data["classes"][code[:2]]
        out[code] = Phrases(tuple(what.split("|")), (*detail.split("|"), *more), done)
    return out


@cache
def _data() -> dict[str, dict[str, str]]:
    text = files("wangge.demo").joinpath("data/texts.yaml").read_text(encoding="utf-8")
    data: dict[str, dict[str, str]] = yaml.safe_load(text)
    return data


def report(rng: random.Random, category_code: str, place_name: str, source: str) -> tuple[str, str]:
    """A title (at most 20 characters) and a text for a report of this category at a place, in the voice of its source.

    `source` is one of officer, resident, desk, api, hotline, device, department. Raises `KeyError` for an unknown category.
    """
    known = phrases()[category_code]
    what = rng.choice(known.what)
    one, two = rng.sample(known.detail, 2)
    spot, when = rng.choice(SPOTS), rng.choice(WHEN)
    if source == "officer":
        tail = one if rng.random() < 0.6 else f"{one}，{two}"
        text = f"{rng.choice(OFFICER_OPEN)}{place_name}{spot}{what}，{tail}。{rng.choice(OFFICER_END)}"
    elif source in ("hotline", "department", "desk"):
        text = f"{rng.choice(HOTLINE_OPEN)}{when}{place_name}{spot}{what}，{one}。{rng.choice(ASK)}"
    elif source == "device":
        text = f"设备告警：{place_name}{spot}疑似{what}，请现场核实。"
    else:
        form = rng.randrange(4)
        if form == 0:
            text = f"{place_name}{spot}{when}{what}，{one}。{rng.choice(ASK)}"
        elif form == 1:
            text = f"{when}路过{place_name}{spot}，{what}。{one}，{two}。{rng.choice(ASK)}"
        elif form == 2:
            text = f"我住{place_name}{spot}，{what}，{one}。{rng.choice(ASK)}"
        else:
            text = f"{what}，位置在{place_name}{spot}。{when}就这样了，{one}，{two}。{rng.choice(ASK)}"
    return what[:TITLE], text


def result(rng: random.Random, category_code: str, *, self_solved: bool = False) -> str:
    """What the handler (or the officer on the spot) writes when it is done."""
    done = phrases()[category_code].done
    more: list[str] = list(_data()["done_more"])
    return f"{done}。{rng.choice(SELF_END if self_solved else tuple(more))}"


def note(rng: random.Random) -> str:
    """A line of progress."""
    return rng.choice(NOTES)


def reason(command: str, rng: random.Random | None = None) -> str:
    """A reason fit for a command; without `rng` the first one. Raises `KeyError` for a command that needs no reason."""
    found = REASONS[command]
    return rng.choice(found) if rng else found[0]


def callback(rng: random.Random, grade: int) -> str:
    """What the reporter says with a grade of 1 to 5."""
    return rng.choice(CALLS[grade])
