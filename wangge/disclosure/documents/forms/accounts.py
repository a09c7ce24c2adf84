"""The nine tables 公开01-09 of a department's final accounts.

Source: 预算法 §14, §75, §80; 财政部 form of 部门决算; printed layouts of 2020 (Hetang) and 2022 (Shifeng).
"""

from wangge.disclosure.documents import words
from wangge.disclosure.documents.forms.budget import (
    ABROAD,
    BASIC,
    FUND,
    PERSONAL,
    PROJECT,
    RECEPTION,
    RUNNING,
    VEHICLE_USE,
    VEHICLES,
    economic,
)
from wangge.disclosure.documents.forms.shapes import ANY, Column, Edition, Form, Line, Pick, Side, Spread
from wangge.finance.terms import FISCAL, GENERAL_BUDGET, Source

SPENT, INCOME = Pick("spent"), Pick("income")
OPENING, CLOSING = Pick("opening"), Pick("closing")
OF_FISCAL, OF_GENERAL = Pick(sources=FISCAL), Pick(sources=GENERAL_BUDGET)
STATE_CAPITAL = Pick(sources=frozenset({Source.STATE_CAPITAL}))
CLASSES = tuple(
    (f"{n}、{name}", name, code)
    for n, name, code in (
        ("一", "一般公共服务支出", "201"),
        ("二", "外交支出", "202"),
        ("三", "国防支出", "203"),
        ("四", "公共安全支出", "204"),
        ("五", "教育支出", "205"),
        ("六", "科学技术支出", "206"),
        ("七", "文化旅游体育与传媒支出", "207"),
        ("八", "社会保障和就业支出", "208"),
        ("九", "卫生健康支出", "210"),
        ("十", "节能环保支出", "211"),
        ("十一", "城乡社区支出", "212"),
        ("十二", "农林水支出", "213"),
        ("十三", "交通运输支出", "214"),
        ("十四", "资源勘探工业信息等支出", "215"),
        ("十五", "商业服务业等支出", "216"),
        ("十六", "金融支出", "217"),
        ("十七", "援助其他地区支出", "219"),
        ("十八", "自然资源海洋气象等支出", "220"),
        ("十九", "住房保障支出", "221"),
        ("二十", "粮油物资储备支出", "222"),
        ("二十一", "国有资本经营预算支出", "223"),
        ("二十二", "灾害防治及应急管理支出", "224"),
        ("二十三", "其他支出", "229"),
        ("二十四", "债务还本支出", "231"),
        ("二十五", "债务付息支出", "232"),
        ("二十六", "抗疫特别国债安排的支出", "234"),
    )
)
SHORT = 9  # the short form of 2020 prints the classes up to 卫生健康
ITEM = Column("项目", "项目", "label", width=6.6)
ORDER = Column(words.LINE, "行次", "order", width=1.3)
CODE = (Column("科目编码", "功能分类科目编码", "code", width=2.6), Column("科目名称", "科目名称", "label", width=6.5))
UNDER_ITEM = (Column("项目", "项目", under=CODE),)


def _only(source: Source) -> Pick:
    return Pick(sources=frozenset({source}))


def _classes(most: int) -> tuple[Line, ...]:
    return tuple(Line(label, Pick(functions=(code,)), name) for label, name, code in CLASSES[:most])


THIS_YEAR_INCOME = Pick("income", sources=frozenset(Source) - {Source.CARRYOVER, Source.SURPLUS})
INCOMES = (
    ("一、一般公共预算财政拨款收入", GENERAL_BUDGET),
    ("二、政府性基金预算财政拨款收入", {Source.FUND}),
    ("三、国有资本经营预算财政拨款收入", {Source.STATE_CAPITAL}),
    ("四、上级补助收入", {Source.SUPERIOR}),
    ("五、事业收入", {Source.BUSINESS, Source.SPECIAL_ACCOUNT}),
    ("六、经营收入", {Source.OPERATING}),
    ("七、附属单位上缴收入", {Source.AFFILIATE}),
    ("八、其他收入", {Source.OTHER}),
)


def _final(width: float = 2.6) -> Column:
    return Column(words.AMOUNT, "决算数", width=width)


def _f01(most: int, gap: int, zero: str) -> Form:
    """`gap` empty lines stand before the grand total, as the form of the year has them."""
    surplus = _only(Source.SURPLUS) & INCOME
    spaces = (Line(),) * gap
    return Form(
        "F01",
        "公开01表",
        "收入支出决算总表",
        (
            Side(
                (ITEM, ORDER, _final()),
                tuple(Line(label, INCOME & Pick(sources=frozenset(s)), label[2:]) for label, s in INCOMES),
                (
                    Line("本年收入合计", THIS_YEAR_INCOME, "本年收入合计"),
                    Line("使用非财政拨款结余", surplus, "使用非财政拨款结余"),
                    Line("年初结转和结余", OPENING, "年初结转和结余"),
                    *spaces,
                    Line("总计", THIS_YEAR_INCOME, "收入总计", plus=(surplus, OPENING)),
                ),
                section="收入",
                over="收入",
            ),
            Side(
                (ITEM, ORDER, _final()),
                tuple(Line(c.label, SPENT & (c.pick or ANY), c.key) for c in _classes(most)),
                (
                    Line("本年支出合计", SPENT, "本年支出合计"),
                    Line("结余分配", Pick("distributed"), "结余分配"),
                    Line("年末结转和结余", CLOSING, "年末结转和结余"),
                    *spaces,
                    Line("总计", SPENT, "支出总计", plus=(Pick("distributed"), CLOSING)),
                ),
                section="支出",
                over="支出",
            ),
        ),
        notes=(
            "注：1.本表反映部门本年度的总收支和年末结转结余情况。",
            "2.本套报表金额单位转换时可能存在尾数误差。",
        ),
        numbered="栏次",
        zero=zero,
    )


def _f02(zero: str) -> Form:
    kinds = (
        (words.FISCAL, "财政拨款收入", FISCAL),
        (words.SUPERIOR, "上级补助收入", {Source.SUPERIOR}),
        (words.BUSINESS, "事业收入", {Source.BUSINESS, Source.SPECIAL_ACCOUNT}),
        (words.OPERATING, "经营收入", {Source.OPERATING}),
        (words.AFFILIATE, "附属单位上缴收入", {Source.AFFILIATE}),
        (words.OTHER, "其他收入", {Source.OTHER}),
    )
    return Form(
        "F02",
        "公开02表",
        "收入决算表",
        (
            Side(
                (
                    *UNDER_ITEM,
                    Column(words.TOTAL, "本年收入合计"),
                    *(Column(key, title, pick=Pick(sources=frozenset(s))) for key, title, s in kinds),
                ),
                Spread("functions", THIS_YEAR_INCOME),
                total=Line("合计", THIS_YEAR_INCOME, words.ROW_TOTAL),
            ),
        ),
        notes=("注：本表反映部门本年度取得的各项收入情况。",),
        numbered="栏次",
        wide=True,
        zero=zero,
    )


def _f03(zero: str) -> Form:
    operating = Pick(sources=frozenset({Source.OPERATING}))
    return Form(
        "F03",
        "公开03表",
        "支出决算表",
        (
            Side(
                (
                    *UNDER_ITEM,
                    Column(words.TOTAL, "本年支出合计"),
                    Column(words.BASIC, "基本支出", pick=BASIC & Pick(sources=frozenset(Source) - {Source.OPERATING})),
                    Column(
                        words.PROJECT, "项目支出", pick=PROJECT & Pick(sources=frozenset(Source) - {Source.OPERATING})
                    ),
                    Column(words.HAND_UP, "上缴上级支出", pick=None),
                    Column(words.OPERATING_SPENDING, "经营支出", pick=operating),
                    Column(words.SUBSIDY, "对附属单位补助支出", pick=None),
                ),
                Spread("functions", SPENT),
                total=Line("合计", SPENT, words.ROW_TOTAL),
            ),
        ),
        notes=("注：本表反映部门本年度各项支出情况。",),
        numbered="栏次",
        wide=True,
        zero=zero,
    )


def _f04(most: int, zero: str) -> Form:
    funds = (
        ("一般公共预算财政拨款", OF_GENERAL),
        ("政府性基金预算财政拨款", FUND),
        ("国有资本经营预算财政拨款", STATE_CAPITAL),
    )
    return Form(
        "F04",
        "公开04表",
        "财政拨款收入支出决算总表",
        (
            Side(
                (ITEM, ORDER, Column(words.AMOUNT, "金额")),
                tuple(
                    Line(f"{n}、{label}", INCOME & pick, label)
                    for n, (label, pick) in zip("一二三", funds, strict=True)
                ),
                (
                    Line("本年收入合计", INCOME & OF_FISCAL, "本年收入合计"),
                    Line("年初财政拨款结转和结余", OPENING & OF_FISCAL, "年初财政拨款结转和结余"),
                    *(Line(label, OPENING & pick, f"年初结转/{label}") for label, pick in funds),
                    Line("总计", INCOME & OF_FISCAL, "收入总计", plus=(OPENING & OF_FISCAL,)),
                ),
                section="收入",
                over="收入",
            ),
            Side(
                (
                    ITEM,
                    ORDER,
                    Column(words.TOTAL, "合计", pick=OF_FISCAL),
                    *(
                        Column(key, title, pick=pick)
                        for key, (title, pick) in zip(
                            (words.GENERAL, words.FUND, words.STATE_CAPITAL), funds, strict=True
                        )
                    ),
                ),
                tuple(Line(c.label, SPENT & (c.pick or ANY), c.key) for c in _classes(most)),
                (
                    Line("本年支出合计", SPENT, "本年支出合计"),
                    Line("年末财政拨款结转和结余", CLOSING, "年末财政拨款结转和结余"),
                    *(Line(),) * 3,
                    Line("总计", SPENT, "支出总计", plus=(CLOSING,)),
                ),
                section="支出",
                over="支出",
            ),
        ),
        notes=(
            "注：本表反映部门本年度一般公共预算财政拨款、政府性基金预算财政拨款和国有资本经营预算财政拨款的总收支和"
            "年末结转结余情况。",
        ),
        numbered="栏次",
        wide=True,
        zero=zero,
    )


def _spending(pick: Pick, total: str) -> tuple[Side, ...]:
    return (
        Side(
            (
                *UNDER_ITEM,
                Column(
                    "本年支出",
                    "本年支出",
                    under=(
                        Column(words.TOTAL, total, width=3),
                        Column(words.BASIC, "基本支出", pick=BASIC, width=3),
                        Column(words.PROJECT, "项目支出", pick=PROJECT, width=3),
                    ),
                ),
            ),
            Spread("functions", SPENT & pick),
            total=Line("合计", SPENT & pick, words.ROW_TOTAL),
        ),
    )


def _f05(zero: str) -> Form:
    return Form(
        "F05",
        "公开05表",
        "一般公共预算财政拨款支出决算表",
        _spending(OF_GENERAL, "小计"),
        notes=("注：本表反映部门本年度一般公共预算财政拨款支出情况。",),
        numbered="栏次",
        zero=zero,
    )


WAGES = economic(
    "301 工资福利支出",
    "30101 基本工资",
    "30102 津贴补贴",
    "30103 奖金",
    "30106 伙食补助费",
    "30107 绩效工资",
    "30108 机关事业单位基本养老保险缴费",
    "30109 职业年金缴费",
    "30110 职工基本医疗保险缴费",
    "30111 公务员医疗补助缴费",
    "30112 其他社会保障缴费",
    "30113 住房公积金",
    "30114 医疗费",
    "30199 其他工资福利支出",
    "303 对个人和家庭的补助",
    "30301 离休费",
    "30302 退休费",
    "30303 退职（役）费",
    "30304 抚恤金",
    "30305 生活补助",
    "30306 救济费",
    "30307 医疗费补助",
    "30308 助学金",
    "30309 奖励金",
    "30310 个人农业生产补贴",
    "30311 代缴社会保险费",
    "30399 其他对个人和家庭的补助",
)
GOODS = economic(
    "302 商品和服务支出",
    "30201 办公费",
    "30202 印刷费",
    "30203 咨询费",
    "30204 手续费",
    "30205 水费",
    "30206 电费",
    "30207 邮电费",
    "30208 取暖费",
    "30209 物业管理费",
    "30211 差旅费",
    "30212 因公出国（境）费用",
    "30213 维修（护）费",
    "30214 租赁费",
    "30215 会议费",
    "30216 培训费",
    "30217 公务接待费",
    "30218 专用材料费",
    "30224 被装购置费",
    "30225 专用燃料费",
    "30226 劳务费",
    "30227 委托业务费",
    "30228 工会经费",
    "30229 福利费",
    "30231 公务用车运行维护费",
    "30239 其他交通费用",
    "30240 税金及附加费用",
    "30299 其他商品和服务支出",
)
CAPITAL = economic(
    "307 债务利息及费用支出",
    "30701 国内债务付息",
    "30702 国外债务付息",
    "310 资本性支出",
    "31001 房屋建筑物购建",
    "31002 办公设备购置",
    "31003 专用设备购置",
    "31005 基础设施建设",
    "31006 大型修缮",
    "31007 信息网络及软件购置更新",
    "31008 物资储备",
    "31009 土地补偿",
    "31010 安置补助",
    "31011 地上附着物和青苗补偿",
    "31012 拆迁补偿",
    "31013 公务用车购置",
    "31019 其他交通工具购置",
    "31021 文物和陈列品购置",
    "31022 无形资产购置",
    "31099 其他资本性支出",
    "399 其他支出",
    "39906 赠与",
    "39907 国家赔偿费用支出",
    "39908 对民间非营利组织和群众性自治组织补贴",
    "39999 其他支出",
)


def _f06(title: str, zero: str) -> Form:
    pick = SPENT & OF_GENERAL & BASIC

    def group(prefixes: tuple[str, ...], listed: tuple[Line, ...]) -> Side:
        columns = (
            Column("科目编码", "经济分类科目编码", "code", width=2.1),
            Column("科目名称", "科目名称", "label", width=5),
            _final(2),
        )
        return Side(columns, Spread("economics", pick & Pick(economics=prefixes), listed))

    return Form(
        "F06",
        "公开06表",
        title,
        (
            group(("301", "303"), WAGES),
            group(("302",), GOODS),
            group(("307", "310", "312", "313", "399"), CAPITAL),
        ),
        notes=("注：本表反映部门本年度一般公共预算财政拨款基本支出明细情况。",),
        foot=(
            ("人员经费合计", 2, "人员经费合计", pick & Pick(economics=PERSONAL)),
            ("公用经费合计", 5, "公用经费合计", pick & Pick(economics=RUNNING)),
        ),
        wide=True,
        zero=zero,
    )


def _f07(zero: str) -> Form:
    def half(name: str, pick: Pick) -> Column:
        def leaf(key: str, title: str, codes: tuple[str, ...]) -> Column:
            return Column(f"{name}/{key}", title, pick=pick & Pick(economics=codes))

        return Column(
            name,
            name,
            under=(
                leaf("合计", "合计", ABROAD + VEHICLE_USE + VEHICLES + RECEPTION),
                leaf("因公出国（境）费", "因公出国（境）费", ABROAD),
                Column(
                    f"{name}/公务用车购置及运行费",
                    "公务用车购置及运行费",
                    under=(
                        leaf("公务用车购置及运行费/小计", "小计", VEHICLE_USE + VEHICLES),
                        leaf("公务用车购置及运行费/公务用车购置费", "公务用车购置费", VEHICLES),
                        leaf("公务用车购置及运行费/公务用车运行费", "公务用车运行费", VEHICLE_USE),
                    ),
                ),
                leaf("公务接待费", "公务接待费", RECEPTION),
            ),
        )

    return Form(
        "F07",
        "公开07表",
        "一般公共预算财政拨款“三公”经费支出决算表",
        (
            Side(
                (half("预算数", Pick("initial", sources=GENERAL_BUDGET)), half("决算数", SPENT & OF_GENERAL)),
                (Line("", ANY, "数"),),
            ),
        ),
        notes=(
            "注：本表反映部门本年度“三公”经费支出预决算情况。其中，预算数为“三公”经费全年预算数，反映按规定程序调整后的"
            "预算数；决算数是包括当年一般公共预算财政拨款和以前年度结转资金安排的实际支出。",
        ),
        empty="说明：{unit}没有财政拨款“三公”经费预算收入和支出，故本表无数据。",
        numbered="number",
        wide=True,
        zero=zero,
    )


def _f08() -> Form:
    return Form(
        "F08",
        "公开08表",
        "政府性基金预算财政拨款收入支出决算表",
        (
            Side(
                (
                    *UNDER_ITEM,
                    Column("年初结转和结余", "年初结转和结余", pick=Pick("opening")),
                    Column("本年收入", "本年收入", pick=INCOME),
                    Column(
                        "本年支出",
                        "本年支出",
                        under=(
                            Column(words.TOTAL, "小计"),
                            Column(words.BASIC, "基本支出", pick=BASIC),
                            Column(words.PROJECT, "项目支出", pick=PROJECT),
                        ),
                    ),
                    Column("年末结转和结余", "年末结转和结余", pick=Pick("closing")),
                ),
                Spread("functions", SPENT & FUND),
                total=Line("合计", SPENT & FUND, words.ROW_TOTAL),
            ),
        ),
        notes=("注：本表反映部门本年度政府性基金预算财政拨款收入、支出及结转和结余情况。",),
        empty="说明：{unit}没有政府性基金收入，也没有使用政府性基金安排的支出，故本表无数据。",
        numbered="栏次",
        wide=True,
    )


def _f09() -> Form:
    return Form(
        "F09",
        "公开09表",
        "国有资本经营预算财政拨款支出决算表",
        _spending(STATE_CAPITAL, "合计"),
        notes=("注：本表反映部门本年度国有资本经营预算财政拨款支出情况。",),
        empty="说明：{unit}没有使用国有资本经营预算安排的支出，故本表无数据。",
        numbered="栏次",
    )


def _edition(year: int, most: int, gap: int, zero: str, details: str) -> Edition:
    return Edition(
        year,
        (
            _f01(most, gap, zero),
            _f02(zero),
            _f03(zero),
            _f04(most, zero),
            _f05(zero),
            _f06(details, zero),
            _f07(zero),
            _f08(),
            _f09(),
        ),
    )


EDITIONS = (
    _edition(2020, SHORT, 0, "0.00", "一般公共预算财政拨款基本支出决算表"),
    _edition(2021, len(CLASSES), 1, "", "一般公共预算财政拨款基本支出决算明细表"),
)
