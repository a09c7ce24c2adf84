"""Random books of an invented unit: lines of spending with their sources, kinds and last year's figures, all consistent.

Every amount is a whole number of hundred yuan, so that it prints exactly in 元 and in 万元 with two decimals.
"""

import random
from dataclasses import dataclass, field
from functools import cached_property

from wangge.finance.terms import classification

GENERAL, FUND, CAPITAL = "general", "fund", "capital"
OWN = ("事业收入", "其他收入", "上年结转")
_BRANCHES = (
    ("2010301", "2010302", "2010350", "2010399"),
    ("2080501", "2080505", "2080506"),
    ("2080801",),
    ("2101101", "2101102", "2101103"),
    ("2130122", "2130199"),
    ("2120101", "2120104", "2120199"),
    ("2120501",),
    ("2210201", "2210203"),
    ("2070109", "2070199"),
)
_STAFFED = {"2010301", "2010350", "2080501", "2080505", "2080506", "2101101", "2101102", "2101103", "2210201", "2210203", "2120101", "2120104"}  # fmt: skip
_FUNDS = ("2120803", "2120899", "2296002", "2121399")
_CAPITALS = ("2230199", "2230105")
WAGES = ("30101", "30102", "30103", "30107", "30108", "30109", "30110", "30112", "30113", "30199")
GOODS = ("30201", "30202", "30205", "30206", "30207", "30211", "30212", "30213", "30215", "30216", "30217", "30226", "30228", "30229", "30231", "30239", "30299")  # fmt: skip
FAMILY = ("30301", "30302", "30305", "30307", "30399")
_PROJECTS = ("网格化管理运行经费", "社区服务能力提升", "老旧小区整治", "信息系统运行维护", "安全生产巡查", "公共设施养护", "志愿服务活动经费", "应急处置保障")  # fmt: skip
_UNITS = ("青山市云溪区民政局", "临河市城市管理局", "白水县人民政府办公室", "东江市南湖区财政局", "望城市交通运输局", "安平市北关街道办事处")  # fmt: skip


@dataclass(slots=True)
class Line:
    """A line of spending. `own` is the part of the project money that no budget pays, by its source."""

    code: str
    fund: str
    basic: int = 0
    project: int = 0
    own: dict[str, int] = field(default_factory=dict)
    last: int = 0  # last year's figure of what the budget pays
    begin: int = 0  # the budget at the beginning of the year (accounts)

    @property
    def paid(self) -> int:
        """What the budget pays."""
        return self.basic + self.project

    @property
    def total(self) -> int:
        return self.paid + sum(self.own.values())


@dataclass
class Books:
    unit: str
    year: int
    lines: list[Line]
    economic: dict[str, int]
    projects: dict[str, int]
    public: dict[str, int]  # the three public expenses of the year
    public_last: dict[str, int]
    opening: int  # carried into the year: general money
    closing: int
    opening_own: int
    closing_own: int
    last_total: int
    last_income: int
    goods: int
    works: int
    services: int
    operating_last: int
    counts: dict[str, int]

    @cached_property
    def names(self) -> dict[str, str]:
        return dict(classification("function", self.year))

    @cached_property
    def economic_names(self) -> dict[str, str]:
        return dict(classification("economic", self.year))

    def of(self, fund: str) -> list[Line]:
        return [line for line in self.lines if line.fund == fund]

    def paid(self, fund: str) -> int:
        return sum(line.paid for line in self.of(fund))

    def own(self, source: str) -> int:
        return sum(line.own.get(source, 0) for line in self.lines)

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)

    def group(self, head: str) -> int:
        return sum(n for code, n in self.economic.items() if code.startswith(head))

    @property
    def staff(self) -> int:
        return self.group("301") + self.group("303")

    @property
    def operating(self) -> int:
        return self.group("302") + self.group("310")


def _split(chance: random.Random, total: int, count: int) -> list[int]:
    """Positive parts of a total."""
    cuts = sorted(chance.sample(range(1, total), count - 1)) if count > 1 else []
    return [b - a for a, b in zip([0, *cuts], [*cuts, total], strict=True)]


def books(seed: int, kind: str = "budget") -> Books:
    """The books of one seed. Unit, year, codes and amounts differ from seed to seed."""
    chance = random.Random(f"{kind}{seed}")
    year = chance.randint(2015, 2026 if kind == "budget" else 2024)
    names = classification("function", year)
    lines: list[Line] = []
    for branch in [_BRANCHES[0], *chance.sample(_BRANCHES[1:], chance.randint(3, 6))]:
        codes = [code for code in branch if code in names]
        for code in sorted(chance.sample(codes, chance.randint(1, len(codes)))):
            basic = chance.randint(800, 90_000) if code in _STAFFED else 0
            project = chance.randint(300, 60_000) if not basic or chance.random() < 0.2 else 0
            own = {}
            if project and chance.random() < 0.35:
                own = {s: chance.randint(100, 9_000) for s in chance.sample(OWN, chance.randint(1, 2))}
            lines.append(Line(code, GENERAL, basic, project, own))
    if not any(line.basic > 6_000 for line in lines):
        lines[0].basic += chance.randint(20_000, 90_000)
    for fund, pool, odds in ((FUND, _FUNDS, 0.5), (CAPITAL, _CAPITALS, 0.25)):
        codes = [code for code in pool if code in names]
        if chance.random() < odds and codes:
            for code in chance.sample(codes, min(len(codes), chance.randint(1, 2))):
                lines.append(Line(code, fund, 0, chance.randint(500, 40_000)))
    lines.sort(key=lambda line: line.code)
    for line in lines:
        for attribute in ("last", "begin"):
            change = chance.choice((0.0, chance.uniform(0.5, 0.97), chance.uniform(1.03, 2.2), 1.0))
            setattr(line, attribute, round(line.paid * change))
    basic = sum(line.basic for line in lines)
    economic: dict[str, int] = {}
    shares = _split(chance, basic, 3)
    economic_names = classification("economic", year)
    pools: tuple[tuple[str, ...], ...] = (WAGES, GOODS, FAMILY)
    for heads, share in zip(pools, sorted(shares, reverse=True), strict=True):
        codes = [code for code in heads if code in economic_names]
        picked = sorted(chance.sample(codes, max(1, min(len(codes), share // 3, chance.randint(3, len(codes))))))
        for code, n in zip(picked, _split(chance, share, len(picked)), strict=True):
            economic[code] = n
    money = sum(line.project + sum(line.own.values()) for line in lines)
    count = chance.randint(2, 6)
    projects = dict(zip(chance.sample(_PROJECTS, count), _split(chance, money, count), strict=True))
    public = {"出国": economic.get("30212", 0), "购置": 0, "运行": economic.get("30231", 0), "接待": economic.get("30217", 0)}  # fmt: skip
    last = {name: round(n * chance.choice((1.0, chance.uniform(0.6, 1.5)))) for name, n in public.items()}
    if kind == "accounts":  # there it is the budget of the same year, which may not be exceeded
        last = {name: n + chance.choice((0, chance.randint(1, 900))) for name, n in public.items()}
    general = sum(line.paid for line in lines if line.fund == GENERAL)
    opening, closing = chance.choice(((0, 0), (chance.randint(100, 9_000), chance.randint(100, 9_000))))
    total = sum(line.total for line in lines)
    last_income = round(total * chance.uniform(0.7, 1.3))
    procurement = [chance.choice((0, chance.randint(10, 5_000))) for _ in range(3)]
    return Books(
        unit=chance.choice(_UNITS),
        year=year,
        lines=lines,
        economic=economic,
        projects=projects,
        public=public,
        public_last=last,
        opening=min(opening, general // 2),
        closing=closing,
        opening_own=chance.choice((0, chance.randint(10, 3_000))),
        closing_own=chance.choice((0, chance.randint(10, 3_000))),
        last_total=last_income + chance.randint(0, 30_000),
        last_income=last_income,
        goods=procurement[0],
        works=procurement[1],
        services=procurement[2],
        operating_last=round(sum(n for c, n in economic.items() if c.startswith("302")) * chance.uniform(0.7, 1.3)),
        counts={
            "车": chance.randint(1, 9) if public["运行"] else 0,
            "批": chance.randint(1, 40),
            "人": chance.randint(50, 400),
            "团": chance.randint(1, 4),
        },
    )
