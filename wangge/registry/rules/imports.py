"""How the columns of a sheet with any header are read: which one says what, by its title, its past and its values. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from wangge.kernel.tables import REASON

HEADER_SEARCH = 20


class Target(NamedTuple):
    """Something a column can say. `pattern`: what its values look like when the title tells nothing."""

    key: str
    title: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    pattern: str = ""


_PLACE = Target(
    "place_code",
    "网格编码",
    (
        "网格", "所属网格", "网格代码", "网格编号", "网格名称", "所属网格编码", "所属网格名称", "社区", "村社区", "所属社区",
        "社区名称", "社区编码", "社区代码", "所在网格", "所在社区",
    ),
    pattern=r"430\d{9}(\d{3})?",
)  # fmt: skip
PEOPLE: tuple[Target, ...] = (
    Target("name", "姓名", ("名字", "人员姓名", "居民姓名", "中文姓名", "成员姓名", "人口姓名"), True),
    Target("id_type", "证件类型", ("证件种类", "证件类别", "证件代码")),
    Target(
        "id_number",
        "公民身份号码",
        (
            "身份证号", "身份证号码", "身份证", "证件号码", "证件号", "居民身份证号", "居民身份证号码", "公民身份证号码",
            "公民身份证号", "身份号码", "身份证件号码", "公民身份号",
        ),
        True,
        r"\d{17}[\dXx]|\d{15}",
    ),
    Target("former_name", "曾用名", ("别名",)),
    Target("sex", "性别", ("男女",)),
    Target("birth_on", "出生日期", ("出生年月日", "生日", "出生时间")),
    Target("ethnic", "民族"),
    Target("native_place", "籍贯", ("籍贯代码",)),
    Target("marriage", "婚姻状况", ("婚姻", "婚否", "婚姻状态")),
    Target("politics", "政治面貌", ("政治身份",)),
    Target("education", "学历", ("文化程度", "教育程度", "受教育程度")),
    Target("religion", "宗教信仰", ("信仰",)),
    Target("occupation_class", "职业类别", ("职业分类", "职业代码")),
    Target("occupation", "职业", ("从事职业", "职业名称")),
    Target("employer", "服务处所", ("工作单位", "单位", "单位名称", "就业单位", "工作单位名称", "就读学校")),
    Target(
        "phone",
        "联系方式",
        ("联系电话", "电话", "手机", "手机号", "手机号码", "电话号码", "移动电话", "本人电话", "本人联系方式"),
        pattern=r"1\d{10}",
    ),
    Target("hukou_area", "户籍地", ("户籍地代码", "户籍地区划", "户籍地行政区划", "户籍区划")),
    Target(
        "hukou_address",
        "户籍门（楼）详址",
        ("户籍门详址", "户籍详址", "户籍地址", "户籍地详址", "户口所在地", "户籍所在地", "户籍地详细地址", "户口地址"),
    ),
    Target("home_area", "现住地", ("现住地代码", "现住地区划", "现住地行政区划")),
    Target(
        "home_address",
        "现住门（楼）详址",
        (
            "现住门详址", "现住址", "现住地址", "现居住地址", "居住地址", "家庭住址", "家庭地址", "住址", "地址", "详细地址",
            "现住地详址", "居住地", "居住地详址", "现住地详细地址", "实际居住地址",
        ),
        pattern=r".*(路|街|巷|村|小区|栋|幢|号楼).*[号室房栋幢].*",
    ),
    _PLACE,
    Target("household", "户号", ("户编号", "家庭编号", "家庭户号", "户口簿编号", "户口本号")),
    Target("relation", "与户主关系", ("家庭关系", "户主关系", "与户主的关系", "关系")),
)  # fmt: skip
_NEEDS_HOUSEHOLD = {"household", "relation"}
HOUSEHOLDS: tuple[Target, ...] = tuple(t._replace(required=True) if t.key in _NEEDS_HOUSEHOLD else t for t in PEOPLE)
DWELLINGS: tuple[Target, ...] = (
    _PLACE,
    Target("road", "路巷", ("街路巷", "道路", "道路名称", "路名", "街道名称", "街巷")),
    Target("number", "门牌号", ("门牌", "门牌号码", "号")),
    Target("estate", "小区", ("小区名称", "院落", "小区院落", "楼盘", "自然村", "村组")),
    Target("building", "楼栋", ("楼栋号", "楼栋名称", "栋", "幢", "幢号", "栋号", "楼号")),
    Target("entrance", "单元", ("单元号",)),
    Target("room", "房号", ("室号", "户室", "房间号", "户室号", "室", "房屋编号", "门户号"), True),
    Target("floor", "楼层", ("所在楼层", "层")),
    Target("area_m2", "建筑面积", ("面积", "房屋面积", "建筑面积平方米", "建筑面积m2", "建筑面积㎡")),
    Target("use", "建筑用途", ("用途", "房屋用途", "使用性质")),
    Target("lng", "经度"),
    Target("lat", "纬度"),
)
ORGANISATIONS: tuple[Target, ...] = (
    Target(
        "uscc",
        "统一社会信用代码",
        ("信用代码", "社会信用代码", "统一信用代码", "统一代码", "机构代码"),
        pattern=r"[0-9A-HJ-NPQRTUWXY]{18}",
    ),
    Target(
        "name", "名称", ("单位名称", "企业名称", "组织名称", "学校名称", "机构名称", "社会组织名称", "场所名称"), True
    ),
    Target("address", "地址", ("企业地址", "住所", "学校地址", "办公地址", "单位地址", "经营地址", "注册地址", "详址")),
    Target("phone", "联系方式", ("联系电话", "电话", "企业联系方式", "办公电话")),
    _PLACE,
    Target("lng", "经度"),
    Target("lat", "纬度"),
)
DEVICES: tuple[Target, ...] = (
    Target("serial", "设备编号", ("编号", "设备编码", "设备序列号", "序列号", "设备号", "设备ID", "SN", "sn码"), True),
    Target("kind", "设备类别", ("类别", "设备类型", "类型", "设备种类"), True),
    Target("name", "设备名称", ("名称", "设备名")),
    Target(
        "spot", "安装位置", ("位置", "安装地点", "安装地址", "设备位置", "点位", "点位名称", "地址", "详细地址"), True
    ),
    Target("lng", "经度", ("lng", "lon", "longitude", "X坐标")),
    Target("lat", "纬度", ("lat", "latitude", "Y坐标")),
    Target("datum", "坐标系", ("坐标系统", "坐标类型")),
    _PLACE,
    Target("keeper", "维保单位", ("维护单位", "运维单位", "维保公司", "物业公司")),
    Target("keeper_phone", "维保电话", ("维保联系电话", "维护电话", "运维电话")),
    Target("maker", "厂商", ("厂家", "生产厂家", "品牌", "制造商")),
    Target("model", "型号", ("设备型号", "规格型号")),
    Target("installed_on", "安装日期", ("安装时间", "投用日期", "启用日期")),
    Target("warranty_until", "质保截止", ("质保期至", "质保到期", "质保截止日期", "保修截止")),
    Target("purpose", "采集用途", ("用途", "图像用途")),
    Target("has_sign", "已设提示标识", ("提示标识", "标识", "是否设置标识")),
    Target("retention_days", "图像保存天数", ("保存天数", "存储天数", "录像保存天数")),
    Target("silent_minutes", "离线判定分钟数", ("离线判定", "离线分钟")),
    Target("inspect_days", "巡检周期（天）", ("巡检周期", "巡检天数")),
)
FIXTURES: tuple[Target, ...] = (
    Target("code", "部件标识码", ("标识码", "部件编码", "部件代码", "部件编号", "编码"), pattern=r"\d{16}"),
    Target("kind", "部件类别", ("类别", "小类", "部件小类", "小类名称", "小类代码", "部件类型"), True),
    Target("name", "部件名称", ("名称",)),
    Target("lng", "经度", ("lng", "lon", "longitude", "X坐标"), True),
    Target("lat", "纬度", ("lat", "latitude", "Y坐标"), True),
    Target("datum", "坐标系", ("坐标系统", "坐标类型")),
    _PLACE,
    Target("spot", "位置说明", ("位置", "位置描述", "地址", "所在位置")),
    Target("owner", "权属单位", ("产权单位", "主管部门", "主管单位", "权属部门")),
    Target("keeper", "养护单位", ("养护部门", "维护单位", "管养单位")),
    Target("placed_on", "设置日期", ("安装日期", "初始日期", "设置时间")),
    Target("state", "状态", ("部件状态", "当前状态")),
    Target("result", "普查结果", ("普查状态", "普查情况", "现场情况")),
    Target("text", "普查说明", ("说明", "备注", "情况说明")),
)
TARGETS: Mapping[str, tuple[Target, ...]] = {
    "people": PEOPLE,
    "households": HOUSEHOLDS,
    "dwellings": DWELLINGS,
    "organisations": ORGANISATIONS,
    "devices": DEVICES,
    "fixtures": FIXTURES,
}


def plain(title: str) -> str:
    """A title without blanks, stars, brackets with hints, and in half width: what two titles are compared by."""
    text = unicodedata.normalize("NFKC", title or "").lower()
    text = re.sub(r"\((必填|选填|码|代码|gb[^)]*|平方米|m2|㎡)\)", "", text)
    return re.sub(r"[\s*:()\-_/、,.#]", "", text)


def header_key(titles: Iterable[str]) -> str:
    """The same for sheets with the same set of titles, in whatever order."""
    found = sorted({p for t in titles if (p := plain(t)) and p != REASON})
    return hashlib.sha256("\n".join(found).encode()).hexdigest()


def find_header(rows: Sequence[Sequence[str | None]], targets: Sequence[Target]) -> int | None:
    """The place of the header among the first rows: the one that names most targets, else the first with two texts."""
    known = _known(targets)
    best, most = None, 0
    for at, cells in enumerate(rows[:HEADER_SEARCH]):
        hits = len({known[p] for c in cells if c and (p := plain(c)) in known})
        if hits > most:
            best, most = at, hits
    if best is not None:
        return best
    return next(
        (at for at, cells in enumerate(rows[:HEADER_SEARCH]) if sum(bool((c or "").strip()) for c in cells) > 1), None
    )


def _known(targets: Sequence[Target]) -> dict[str, str]:
    known: dict[str, str] = {}
    for exact in (True, False):
        for target in targets:
            for title in (target.title, target.key) if exact else target.aliases:
                known.setdefault(plain(title), target.key)
    return known


def guess(
    titles: Sequence[str],
    targets: Sequence[Target],
    sample: Sequence[Sequence[str | None]] = (),
    remembered: Mapping[str, str] | None = None,
) -> dict[int, str]:
    """Which column says what: as remembered by plain title, else by title, else by how its values look.

    A column is named once, a target is taken once. Titles decide before values do.
    """
    mapping: dict[int, str] = {}
    taken: set[str] = set()
    keys = {t.key for t in targets}

    def take(at: int, key: str | None) -> None:
        if key in keys and key not in taken and at not in mapping:
            mapping[at] = str(key)
            taken.add(str(key))

    past, known = remembered or {}, _known(targets)
    for at, title in enumerate(titles):
        take(at, past.get(plain(title)))
    skipped = {at for at, t in enumerate(titles) if past.get(plain(t)) == ""}
    for at, title in enumerate(titles):
        if at not in skipped and title != REASON:
            take(at, known.get(plain(title)))
    _by_values(titles, targets, sample, mapping, taken, skipped)
    return mapping


def _by_values(
    titles: Sequence[str],
    targets: Sequence[Target],
    sample: Sequence[Sequence[str | None]],
    mapping: dict[int, str],
    taken: set[str],
    skipped: set[int],
) -> None:
    def column(at: int) -> list[str]:
        return [v for row in sample if at < len(row) and (v := (row[at] or "").strip())]

    # A column called 户籍地 or 现住地 holds a code by the standard and an address in daily use.
    for area, address in (("hukou_area", "hukou_address"), ("home_area", "home_address")):
        for at, key in list(mapping.items()):
            values = column(at)
            if key == area and address not in taken and values and sum(len(v) > 12 for v in values) * 2 > len(values):
                mapping[at] = address
                taken.discard(area)
                taken.add(address)
    for at in range(len(titles)):
        if at in mapping or at in skipped or titles[at] == REASON:
            continue
        values = column(at)
        for target in targets:
            if not target.pattern or target.key in taken or len(values) < 3:
                continue
            if sum(bool(re.fullmatch(target.pattern, v)) for v in values) * 10 >= len(values) * 9:
                mapping[at] = target.key
                taken.add(target.key)
                break


def lacking(mapping: Mapping[int, str], targets: Sequence[Target]) -> list[str]:
    """The titles of required targets that no column says."""
    said = set(mapping.values())
    return [t.title for t in targets if t.required and t.key not in said]


def sensitive(key: str) -> bool:
    """Are the values of this target shown only masked?"""
    return key in ("id_number", "phone", "religion") or (
        key.startswith("role.") and key.endswith(("id_number", "phone"))
    )
