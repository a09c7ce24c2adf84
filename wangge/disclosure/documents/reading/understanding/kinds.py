"""Which table it is: told by the words of its title, then by the words of its header, never by its number."""

import re

from wangge.disclosure.documents.reading.understanding.texts import compact

_SELF = re.compile(r"自评(?:价)?(?:表|结果|情况)|绩效评价表")
_WHOLE = re.compile(r"整体")
# In order: the first that fits is the kind. Titles are compact.
_TITLES: tuple[tuple[str, str, str], ...] = (
    ("F07", r"三公.*(?:决算|执行情况)", ""),
    ("T9", r"三公", ""),
    ("F04", r"财政拨款收(?:入)?支(?:出)?决算总(?:体情况)?表", ""),
    ("F01", r"收(?:入)?支(?:出)?决算总(?:体情况)?表", ""),
    ("F06", r"基本支出决算", ""),
    ("F08", r"政府性基金.*决算", ""),
    ("F09", r"国有资本.*决算", ""),
    ("F05", r"(?:一般公共预算)?财政拨款支出决算|一般公共预算支出决算", ""),
    ("F02", r"收入决算(?:总)?表|收入决算总体", ""),
    ("F03", r"支出决算(?:总)?表|支出决算总体", ""),
    ("T19", r"政府采购(?!.*服务)", ""),
    ("T10", r"财政拨款收支", ""),
    ("T15", r"政府性基金.*(?:支出|预算)", r"收入总|收支总"),
    ("T18", r"国有资本经营.*(?:支出|预算)", r"收入总|收支总"),
    ("T16", r"(?:专户|非税收).*支出", ""),
    ("T12", r"一般公共预算.*基本支出.*工资福利", ""),
    ("T13", r"一般公共预算.*基本支出.*(?:商品和服务|运转)", ""),
    ("T14", r"一般公共预算.*基本支出.*对个人", ""),
    ("T17", r"(?:一般公共预算|财政拨款).*基本支出|基本支出.*(?:经济分类|经济科目)", ""),
    ("T5", r"基本支出.*工资福利", ""),
    ("T6", r"基本支出.*(?:商品和服务|运转)", ""),
    ("T7", r"基本支出.*对个人", ""),
    ("T8", r"项目支出(?:预算)?(?:明细|总)?(?:情况)?表$|项目支出预算明细", r"绩效|一般公共"),
    ("T11", r"一般公共预算(?:财政拨款)?(?:拨款)?支出", r"项目支出|经济分类|收支"),
    ("T4", r"支出(?:预算)?明细表", r"项目|基本|采购|服务"),
    ("T1", r"^(?:.*部门|.*单位|.*预算)?(?:财务)?收支(?:预算)?(?:总|总体)(?:情况)?表|收支总表|收支预算总表|收支总体", r"财政拨款|政府性基金|国有"),
    ("T2", r"收入(?:预算)?(?:总|总体)(?:情况)?表|收入预算表|收入总体", r"一般公共|财政拨款"),
    ("T3", r"支出(?:预算)?(?:总|总体)(?:情况)?表|支出预算表|支出总体", r"一般公共|财政拨款|项目|基本"),
)  # fmt: skip
_FORM_WORDS = re.compile(r"一级指标|二级指标|三级指标|绩效指标")


def kind_of(title: str, header: str) -> str:
    """The kind of a table with this title and these words of header; `U` when neither says it.

    A title only names a kind: a table whose header contradicts it is `U`, too.
    """
    title = re.sub(r"^\d{4}年?(?:度)?", "", compact(title))
    if ("绩效" in title or _FORM_WORDS.search(header)) and (form := _form(title, header)):
        return form
    for kind, word, but in _TITLES:
        if re.search(word, title) and not (but and re.search(but, title)):
            return kind if _fits(kind, header) else "U"
    return _by_header(header)


def _form(title: str, header: str) -> str:
    if _SELF.search(title) or ("实际完成" in header and "指标" in header):
        return "E1" if _WHOLE.search(title) or ("部门名称" in header and "项目名称" not in header and "专项名称" not in header) else "E2"  # fmt: skip
    if not _FORM_WORDS.search(header) and not re.search(r"目标|申报", title):
        return ""
    if _WHOLE.search(title):
        return "G1"
    if "汇总" in title:
        return "G2"
    if "绩效" in title or "指标值" in header:
        return "G3"
    return ""


def _fits(kind: str, header: str) -> bool:
    """Does the header say nothing against the kind?"""
    if not header:
        return True
    if kind in ("T1", "T10", "F01", "F04"):
        plain = header.replace("|", "")  # the letters of a word may stand in cells of their own
        return "收入" in plain and "支出" in plain
    if kind in ("T8",):
        return "项目" in header
    return True


def _by_header(header: str) -> str:
    if "预算数" in header and "决算数" in header and "公务接待费" in header and "因公出国" in header:
        return "F07"
    return "U"
