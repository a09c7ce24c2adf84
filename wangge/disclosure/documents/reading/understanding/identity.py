"""Whose document it is, of which year, of which kind, in which money unit."""

import re
from collections import Counter
from collections.abc import Sequence

from wangge.disclosure.documents.model import DocumentKind, Paragraph, Source, Table, Unreadable
from wangge.disclosure.documents.reading.understanding.texts import compact

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})年?(?:度)?")
_TITLE = re.compile(r"(预算|决算|绩效目标|绩效自评|自评|绩效评价)")
_NAME = re.compile(
    r"([一-龥（）·]{3,30}?(?:局|委员会|委|办公室|办事处|中心|厅|部|院|所|站|队|处|会|镇政府|乡政府|人民政府|街道|学校|小学|中学|大学|医院|协会|联合会|管理处|公司|馆|社))"
)
SENTENCE = "文件“{name}”不是部门预算、部门决算、绩效目标或绩效自评文件。请检查后重新选择文件。"


def kind_of(tables: Sequence[Table], titles: Sequence[str], source: Source) -> DocumentKind:
    """The kind of a document by its tables, then by its title. Raises Unreadable when neither is one of the four."""
    kinds = Counter(table.kind for table in tables)
    budget = sum(count for kind, count in kinds.items() if kind.startswith("T"))
    accounts = sum(count for kind, count in kinds.items() if kind.startswith("F"))
    goals = sum(count for kind, count in kinds.items() if kind.startswith("G"))
    judged = sum(count for kind, count in kinds.items() if kind.startswith("E"))
    head = "".join(titles[:12])
    if budget >= 3 or accounts >= 3:
        return "budget" if budget >= accounts else "accounts"
    if re.search(r"决算", head) and (accounts or judged or re.search(r"部门决算|单位决算|决算公开", head)):
        return "accounts"
    if re.search(r"(?:部门|单位)(?:综合)?预算|预算公开", head) and not goals > budget:
        return "budget"
    if judged:
        return "self_evaluation"
    if goals:
        return "targets"
    if budget or accounts:
        return "budget" if budget >= accounts else "accounts"
    if re.search(r"绩效自评|自评报告", head):
        return "self_evaluation"
    if re.search(r"绩效目标", head) and "预算" in head:
        return "targets"
    raise Unreadable("not_a_document", SENTENCE.format(name=source.file))


def year_of(titles: Sequence[str], tables: Sequence[Table], paragraphs: Sequence[Paragraph]) -> int:
    """The fiscal year: the one of the cover, of the titles of tables, then the one named most; 0 when none is named."""
    for text in titles[:8]:
        found = _YEAR.search(text)
        if found and (_TITLE.search(text) or re.fullmatch(r"\d{4}年?度?(?:部门.*)?", text)):
            return int(found[1])
    counts: Counter[int] = Counter()
    for text in [table.title for table in tables] * 2 + list(titles):
        if found := _YEAR.match(text):
            counts[int(found[1])] += 1
    if counts:
        return counts.most_common(1)[0][0]
    for paragraph in paragraphs[:60]:
        counts.update(
            int(year)
            for year in re.findall(
                r"((?:19|20)\d{2})年(?:度)?(?:部门|单位)?(?:预算|决算|绩效)", compact(paragraph.text)
            )
        )
    return counts.most_common(1)[0][0] if counts else 0


def unit_of(titles: Sequence[str], owners: Sequence[str], tables: Sequence[Table]) -> str:
    """The unit: the one above most tables, the one named on forms, or the one of the cover; "" when none is printed."""
    forms = [table.fields["部门名称"].text for table in tables if "部门名称" in table.fields]
    counts = Counter(compact(name) for name in owners if name)
    if counts:
        most = counts.most_common(1)[0][0]
        longer = [name for name in counts if name.endswith(most) and name != most]
        return max(longer, key=lambda name: counts[name]) if longer else most
    for number, text in enumerate(titles[:6]):
        plain = re.sub(r"^.*?年(?:度)?", "", _cut(text)) if _YEAR.match(text) else _cut(text)
        after = _cut(titles[number + 1]) if number + 1 < len(titles) else ""
        joined = plain if _NAME.fullmatch(plain) else plain + after
        if found := _NAME.fullmatch(plain) or _NAME.match(joined):
            return found[1]
    return compact(forms[0]) if forms else ""


def money_of(tables: Sequence[Table], units: Sequence[str], sentences: Sequence[str]) -> str:
    """The money unit of most tables, of the captions, or of the sentences; 万元 is never assumed: "" when none says it."""
    counts = Counter([table.unit for table in tables if table.unit] or [unit for unit in units if unit])
    if not counts:
        counts = Counter(re.findall(r"\d(万元|亿元|元)", "".join(sentences)))
    return counts.most_common(1)[0][0] if counts else ""


def _cut(text: str) -> str:
    return re.sub(r"(?:\d{4}年?度?)?(?:部门|单位)?(?:综合)?(?:预算|决算).*$", "", compact(text))
