"""The seventeen tables of a department's budget: the form of Hunan of 2020.

Source: 预算法 §14, §46 and 预算法实施条例 §6 (functions to 项, basic spending by economic 款); printed layout of the
budgets of 2020 of two units of Shifeng.
"""

from wangge.disclosure.documents import words
from wangge.disclosure.documents.forms.shapes import ANY, Column, Edition, Form, Line, Pick, Side, Spread
from wangge.finance.terms import FISCAL, GENERAL_BUDGET, Source

INITIAL = Pick("initial")
GENERAL = Pick("initial", sources=GENERAL_BUDGET)
FUND = Pick(sources=frozenset({Source.FUND}))
SPECIAL_ACCOUNT = Pick(sources=frozenset({Source.SPECIAL_ACCOUNT}))
CARRYOVER = Pick(sources=frozenset({Source.CARRYOVER}))
REST = Pick(sources=frozenset(Source) - FISCAL - {Source.SPECIAL_ACCOUNT, Source.CARRYOVER} | {Source.STATE_CAPITAL})
NONTAX = GENERAL_BUDGET - {Source.GENERAL}
BASIC, PROJECT = Pick(project=False), Pick(project=True)
PERSONAL, RUNNING = ("301", "303"), ("302", "307", "309", "310", "311", "312", "313", "399")

CLASSES = (
    ("一般公共服务", "201"),
    ("国防", "203"),
    ("公共安全", "204"),
    ("教育", "205"),
    ("科学技术", "206"),
    ("文化旅游体育与传媒", "207"),
    ("社会保障和就业", "208"),
    ("卫生健康", "210"),
    ("节能环保", "211"),
    ("城乡社区", "212"),
    ("农林水", "213"),
    ("交通运输", "214"),
    ("资源勘探信息", "215"),
    ("商业服务业", "216"),
    ("金融", "217"),
    ("自然资源海洋气象等", "220"),
    ("住房保障", "221"),
    ("债务付息", "232"),
    ("粮油物资储备事务", "222"),
    ("灾害防治及应急管理", "224"),
    ("其他支出", "229"),
)
WAGES = (
    "30101 基本工资",
    "30102 津贴补贴",
    "30103 奖金",
    "30108 机关事业单位基本养老保险缴费",
    "30109 职业年金缴费",
    "30110 城镇职工基本医疗保险缴费",
    "30111 公务员医疗补助缴费",
    "30112 其他社会保障缴费",
    "30113 住房公积金",
    "30114 医疗费",
    "30199 其他工资福利支出",
)
GOODS = (
    "30201 办公费",
    "30202 印刷费",
    "30203 咨询费",
    "30204 手续费",
    "30205 水费",
    "30206 电费",
    "30207 邮电费",
    "30209 物业管理费",
    "30211 差旅费",
    "30213 维修（护）费",
    "30214 租赁费",
    "30215 会议费",
    "30216 培训费",
    "30217 公务接待费",
    "30218 专用材料费",
    "30224 被装购置费",
    "30226 劳务费",
    "30227 委托业务费",
    "30228 工会经费",
    "30229 福利费",
    "30231 公务用车运行维护费",
    "30239 其他交通费用",
    "30240 税金及附加费用",
    "30299 其他商品和服务支出",
)
FAMILY = ("30301 离休费", "30302 退休费", "30307 医疗费补助", "30309 奖励金")
MORE_WAGES = ("30106 伙食补助费", "30107 绩效工资")
MORE_GOODS = ("30208 取暖费", "30212 因公出国（境）费用", "30225 专用燃料费")
MORE_FAMILY = (
    "30303 退职（役）费",
    "30304 抚恤金",
    "30305 生活补助",
    "30306 救济费",
    "30308 助学金",
    "30399 其他对个人和家庭的补助",
)


def economic(*named: str) -> tuple[Line, ...]:
    """Rows of economic codes: `code name`."""
    rows = (text.split(" ", 1) for text in sorted(named))
    return tuple(Line(name, Pick(economics=(code,)), code, code) for code, name in rows)


def _sources(key: str) -> tuple[Column, ...]:
    return (
        Column(words.TOTAL, key, pick=ANY),
        Column(words.GENERAL, "一般公共预算拨款", pick=Pick(sources=GENERAL_BUDGET)),
        Column(words.FUND, "政府性基金拨款", pick=FUND),
        Column(words.SPECIAL_ACCOUNT, "纳入专户管理的非税收入拨款", pick=SPECIAL_ACCOUNT),
        Column(words.OTHER, "其他收入", pick=REST),
        Column(words.CARRYOVER, "上年结转", pick=CARRYOVER),
    )


CODES = (
    Column("类", "类", "class", width=1.2),
    Column("款", "款", "group", width=1),
    Column("项", "项", "item", width=1),
)
FUNCTIONS = (Column("科目编码", "科目编码", under=CODES), Column("科目名称", "科目名称", "label", width=6))
ITEM = Column("项目", "项目", "label", width=6.4)
THIS_YEAR = Column(words.AMOUNT, "本年预算", width=2.6)


INCOME = (
    Line("一、一般公共预算拨款", Pick(sources=GENERAL_BUDGET), "一般公共预算拨款"),
    Line("（1）经费拨款", Pick(sources=frozenset({Source.GENERAL})), "经费拨款"),
    Line("（2）纳入一般公共预算管理的非税收入拨款", Pick(sources=NONTAX), "非税收入拨款"),
    Line("1.行政事业性收费收入", Pick(sources=frozenset({Source.NONTAX_CHARGE})), "行政事业性收费收入"),
    Line("2.专项收入", Pick(sources=frozenset({Source.NONTAX_SPECIAL})), "专项收入"),
    Line(
        "3.国有资源（资产）有偿使用收入",
        Pick(sources=frozenset({Source.NONTAX_ASSETS})),
        "国有资源（资产）有偿使用收入",
    ),
    Line("4.其他各项收入拨款", Pick(sources=frozenset({Source.NONTAX_OTHER})), "其他各项收入拨款"),
    Line("二、政府性基金拨款", FUND, "政府性基金拨款"),
)
T1 = Form(
    "T1",
    "表1",
    "部门收支总表",
    (
        Side(
            (ITEM, THIS_YEAR),
            (
                *INCOME,
                Line("三、纳入专户管理的非税收入拨款", SPECIAL_ACCOUNT, "专户管理的非税收入拨款"),
                Line("四、其他收入", REST, "其他收入"),
                Line("五、上年结转", CARRYOVER, "上年结转"),
            ),
            (Line("收入总计", ANY, "收入总计"),),
            section="收入",
            over="收入",
        ),
        Side(
            (ITEM, THIS_YEAR),
            tuple(Line(f"{n}、{name}", Pick(functions=(code,)), name) for n, (name, code) in enumerate(CLASSES, 1)),
            (Line("支出总计", ANY, "支出总计"),),
            section="功能",
            over="支出",
        ),
        Side(
            (ITEM, THIS_YEAR),
            (
                Line("一、基本支出", BASIC, "基本支出"),
                Line("1.工资福利支出", BASIC & Pick(economics=("301",)), "基本支出/工资福利支出"),
                Line("2.商品和服务支出", BASIC & Pick(economics=RUNNING), "基本支出/商品和服务支出"),
                Line("3.对个人和家庭的补助", BASIC & Pick(economics=("303",)), "基本支出/对个人和家庭的补助"),
                Line(),
                Line("二、项目支出", PROJECT, "项目支出"),
                Line("1.专项商品和服务支出", PROJECT & Pick(economics=("301", "302")), "项目支出/专项商品和服务支出"),
                Line("2.对个人和家庭的补助", PROJECT & Pick(economics=("303",)), "项目支出/对个人和家庭的补助"),
                Line("3.对企事业单位的补贴", PROJECT & Pick(economics=("311", "312")), "项目支出/对企事业单位的补贴"),
                Line("4.债务利息支出", PROJECT & Pick(economics=("307",)), "项目支出/债务利息支出"),
                Line("5.其他资本性支出", PROJECT & Pick(economics=("309", "310")), "项目支出/其他资本性支出"),
                Line("6.其他支出", PROJECT & Pick(economics=("313", "399")), "项目支出/其他支出"),
            ),
            (Line("支出总计", ANY, "支出总计"),),
            section="性质",
            over="支出",
        ),
    ),
    notes=("说明：本套表为区本级当年预算资金安排情况，均不包括上年结转。",),
    wide=True,
)
T2 = Form("T2", "表2", "部门收入总表", (Side(_sources("总计"), (Line("", ANY, words.TOTAL),)),), wide=True)
T3 = Form(
    "T3",
    "表3",
    "部门支出总表",
    (
        Side(
            (Column("科目", "科目", under=FUNCTIONS), *_sources("总计")),
            Spread("functions"),
            total=Line("合计", ANY, words.ROW_TOTAL),
        ),
    ),
    wide=True,
)
T4 = Form(
    "T4",
    "表4",
    "部门支出预算明细表",
    (Side((*FUNCTIONS, *_sources("总计")), Spread("functions"), total=Line("合计", ANY, words.ROW_TOTAL)),),
    wide=True,
)


def _basic(
    kind: str, number: str, title: str, pick: Pick, head: str, listed: tuple[str, ...], named: str, empty: str
) -> Form:
    """A table of basic spending by economic code: its first row is the class."""
    return Form(
        kind,
        number,
        title,
        (
            Side(
                (
                    Column("科目编码", f"{named}编码", "code", width=3),
                    Column("科目名称", f"{named}名称", "label", width=8),
                    Column(words.AMOUNT, "预算金额", pick=pick & BASIC, width=4),
                ),
                Spread("economics", pick & BASIC & Pick(economics=(head[:3],)), economic(head, *listed)),
            ),
        ),
        empty=empty,
        precise=True,
    )


DEPARTMENT = "部门经济科目"
T5 = _basic("T5", "表5", "基本支出－工资福利支出", INITIAL, "301 工资福利支出", WAGES, DEPARTMENT, "")
T6 = _basic("T6", "表6", "基本支出－单位运转经费支出", INITIAL, "302 一般商品和服务支出", GOODS, DEPARTMENT, "")
T7 = _basic(
    "T7",
    "表7",
    "基本支出－对个人和家庭的补助",
    INITIAL,
    "303 对个人和家庭的补助",
    FAMILY,
    "经济科目",
    "说明：本部门没有安排对个人和家庭的补助，故本表无数据。",
)
T12 = _basic("T12", "表12", "一般公共预算基本支出－工资福利支出", GENERAL, "301 工资福利支出", WAGES, DEPARTMENT, "")
T13 = _basic(
    "T13", "表13", "一般公共预算基本支出－一般商品和服务支出", GENERAL, "302 一般商品和服务支出", GOODS, DEPARTMENT, ""
)
T14 = _basic(
    "T14",
    "表14",
    "一般公共预算基本支出－对个人和家庭的补助",
    GENERAL,
    "303 对个人和家庭的补助",
    FAMILY,
    "经济科目",
    "说明：本部门没有一般公共预算安排的对个人和家庭的补助，故本表无数据。",
)
T8 = Form(
    "T8",
    "表8",
    "项目支出预算明细表",
    (
        Side(
            (
                Column("项目名称", "项目名称", "label", width=7),
                Column(words.TOTAL, "总计"),
                Column(
                    "资金来源",
                    "资金来源",
                    under=(
                        Column(words.GENERAL, "财政全额拨款", pick=Pick(sources=frozenset({Source.GENERAL}))),
                        Column(
                            "非税",
                            "纳入预算管理的非税收入拨款",
                            under=(
                                Column(words.NONTAX, "合计", pick=Pick(sources=NONTAX | {Source.FUND})),
                                Column("非税收入/政府性基金", "政府性基金拨款", pick=FUND),
                                Column(
                                    "非税收入/专项收入",
                                    "专项收入拨款",
                                    pick=Pick(sources=frozenset({Source.NONTAX_SPECIAL})),
                                ),
                                Column(
                                    "非税收入/其他收入",
                                    "其他收入拨款",
                                    pick=Pick(sources=NONTAX - {Source.NONTAX_SPECIAL}),
                                ),
                            ),
                        ),
                        Column(words.SPECIAL_ACCOUNT, "财政专户管理的非税收入拨款", pick=SPECIAL_ACCOUNT),
                        Column(words.CARRYOVER, "上年结转", pick=CARRYOVER),
                        Column(words.OTHER, "其他收入", pick=REST),
                    ),
                ),
            ),
            Spread("projects", INITIAL & PROJECT),
        ),
    ),
    empty="说明：本部门没有项目支出预算，故本表无数据。",
    wide=True,
)
ABROAD, RECEPTION, VEHICLE_USE, VEHICLES = ("30212",), ("30217",), ("30231",), ("31013", "30913")
MEETINGS, TRAINING = ("30215",), ("30216",)
T9 = Form(
    "T9",
    "表9",
    "一般公共预算“三公”经费支出表",
    (
        Side(
            (ITEM, Column(words.AMOUNT, "预算金额", pick=GENERAL, width=4)),
            tuple(
                Line(label, Pick(economics=codes), key)
                for label, key, codes in (
                    (
                        "合计",
                        words.TOTAL,
                        ABROAD + RECEPTION + VEHICLE_USE + VEHICLES + MEETINGS + TRAINING,
                    ),
                    ("一、“三公”经费小计", "“三公”经费小计", ABROAD + RECEPTION + VEHICLE_USE + VEHICLES),
                    ("1.因公出国（境）费用", "因公出国（境）费", ABROAD),
                    ("2.公务接待费", "公务接待费", RECEPTION),
                    ("3.公务用车购置及运行费", "公务用车购置及运行费", VEHICLE_USE + VEHICLES),
                    ("（1）公务用车运行维护费", "公务用车运行费", VEHICLE_USE),
                    ("（2）公务用车购置费", "公务用车购置费", VEHICLES),
                    ("二、会议费、培训费小计", "会议费培训费小计", MEETINGS + TRAINING),
                    ("1.会议费", "会议费", MEETINGS),
                    ("2.培训费", "培训费", TRAINING),
                )
            ),
        ),
    ),
    empty="说明：本部门没有“三公”经费和会议费、培训费预算，故本表无数据。",
)
T10 = Form(
    "T10",
    "表10",
    "财政拨款收支总表",
    (
        Side(
            (ITEM, THIS_YEAR),
            INCOME,
            (Line("本年收入合计", Pick(sources=GENERAL_BUDGET | {Source.FUND}), "本年收入合计"),),
            section="收入",
            over="收入",
        ),
        Side(
            (
                ITEM,
                Column(words.TOTAL, "合计", pick=Pick(sources=GENERAL_BUDGET | {Source.FUND})),
                Column(words.GENERAL, "一般公共预算", pick=Pick(sources=GENERAL_BUDGET)),
                Column(words.FUND, "政府性基金预算", pick=FUND),
            ),
            tuple(Line(f"{n}、{name}", Pick(functions=(code,)), name) for n, (name, code) in enumerate(CLASSES, 1)),
            (Line("本年支出合计", ANY, "本年支出合计"),),
            section="支出",
            over="支出",
        ),
    ),
    wide=True,
)
T11 = Form(
    "T11",
    "表11",
    "{year}年一般公共预算支出情况表",
    (
        Side(
            (
                Column("功能科目", "功能科目", under=FUNCTIONS),
                Column(words.TOTAL, "总计", pick=ANY, width=2),
                Column(
                    words.BASIC,
                    "基本支出",
                    under=(
                        Column(words.BASIC_TOTAL, "合计", pick=BASIC, width=2),
                        Column(words.WAGES, "工资福利支出", pick=BASIC & Pick(economics=("301",)), width=2),
                        Column(words.GOODS, "一般商品和服务支出", pick=BASIC & Pick(economics=RUNNING), width=2),
                        Column(words.FAMILY, "对个人和家庭的补助", pick=BASIC & Pick(economics=("303",)), width=1.8),
                    ),
                ),
                Column(
                    words.PROJECT,
                    "项目支出",
                    under=(
                        Column(words.PROJECT_TOTAL, "合计", pick=PROJECT, width=2),
                        *(
                            Column(f"项目/{name}", name, pick=PROJECT & Pick(economics=codes), width=1.8)
                            for name, codes in (
                                ("对个人和家庭的补助", ("303",)),
                                ("专项商品和服务支出", ("301", "302")),
                                ("对企事业单位的补贴", ("311", "312")),
                                ("债务利息支出", ("307",)),
                                ("资本性支出", ("309", "310")),
                                ("其他支出", ("399",)),
                                ("对社会保障基金补助", ("313",)),
                            )
                        ),
                    ),
                ),
            ),
            Spread("functions", GENERAL),
            total=Line("合计", GENERAL, words.ROW_TOTAL),
        ),
    ),
    where_total=3,
    wide=True,
)


def _of_source(kind: str, number: str, title: str, pick: Pick, empty: str) -> Form:
    return Form(
        kind,
        number,
        title,
        (
            Side(
                (
                    *FUNCTIONS,
                    Column(words.TOTAL, "合计", pick=ANY, width=3),
                    Column(words.BASIC, "基本支出", pick=BASIC, width=3),
                    Column(words.PROJECT, "项目支出", pick=PROJECT, width=3),
                ),
                Spread("functions", INITIAL & pick),
                total=Line("合计", INITIAL & pick, words.ROW_TOTAL),
            ),
        ),
        empty=empty,
    )


T15 = _of_source(
    "T15",
    "表15",
    "政府性基金拨款部门支出总表（分类）",
    FUND,
    "说明：本部门没有政府性基金拨款安排的支出，故本表无数据。",
)
T16 = _of_source(
    "T16",
    "表16",
    "纳入专户管理的非税收入拨款部门支出总表（分类）",
    SPECIAL_ACCOUNT,
    "说明：本部门没有纳入专户管理的非税收入拨款安排的支出，故本表无数据。",
)
T17 = Form(
    "T17",
    "表17",
    "{year}年一般公共预算基本支出情况表",
    (
        Side(
            (
                Column("经济科目", "经济科目", "code", width=2.4),
                Column("经济科目名称", "经济科目名称", "label", width=8),
                Column(words.TOTAL, "合计", pick=ANY, width=3),
                Column(words.STAFF, "人员经费", pick=Pick(economics=PERSONAL), width=3),
                Column(words.OPERATING_COST, "公用经费", pick=Pick(economics=RUNNING), width=3),
            ),
            Spread(
                "economics",
                GENERAL & BASIC,
                economic(
                    "301 工资福利支出",
                    "302 商品和服务支出",
                    "303 对个人和家庭的补助",
                    *WAGES,
                    *MORE_WAGES,
                    *GOODS,
                    *MORE_GOODS,
                    *FAMILY,
                    *MORE_FAMILY,
                ),
            ),
            total=Line("合计", GENERAL & BASIC, words.ROW_TOTAL),
        ),
    ),
    numbered="**",
    where_total=1,
    zero="0.00",
)

EDITIONS = (Edition(2020, (T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17)),)
