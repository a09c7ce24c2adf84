"""A letter to the unit as words, and as DOCX; the PDF is set by `documents/audit_letter.typ` from the same words."""

import io
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any


def words(content: Mapping[str, Any]) -> dict[str, Any]:
    """The letter's text from what was frozen at its writing: title, opening, items with their lines, closing."""
    count, due, issued = len(content["items"]), _day(content["due_on"]), _day(content["issued_on"])
    return {
        "title": "关于核实公开文本有关问题的函",
        "number": content["number"],
        "to": content["to"],
        "opening": (
            f"我们对你单位公开的《{content['document']}》（文件“{content['file']}”）进行了审核，"
            f"有 {count} 处需要你单位核实。有关情况如下："
        ),
        "words": content["words"],
        "items": [_item(n, item) for n, item in enumerate(content["items"], 1)],
        "closing": (
            f"请逐项核对，于{due}前书面答复：属于差错的，说明更正后的数据和重新公布的时间；"
            "不属于差错的，说明理由并附依据。"
        ),
        "sender": content["sender"],
        "date": issued,
    }


def _item(number: int, item: Mapping[str, Any]) -> dict[str, Any]:
    lines = (
        ("公开文本", item["printed"]),
        ("核对应为", item["expected"]),
        ("相差", item["difference"]),
        ("核对依据", item["formula"]),
        ("说明", item["explanation"]),
    )
    return {"title": f"{number}. {item['where']}", "lines": [[name, text] for name, text in lines if text]}


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


def docx(content: Mapping[str, Any]) -> bytes:
    """The letter as a Word document that can be edited further."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    told, made = words(content), Document()
    made.core_properties.created = made.core_properties.modified = datetime(2000, 1, 1)  # noqa: DTZ001 (equal content)
    made.core_properties.title, made.core_properties.author = told["title"], content["sender"]
    base = made.styles["Normal"]
    base.font.size, base.font.name = Pt(12), "宋体"
    base.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    page = made.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    head = made.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = head.add_run(told["title"])
    run.bold, run.font.size = True, Pt(18)
    made.add_paragraph(f"编号：{told['number']}").alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.add_paragraph(legal(f"{told['to']}："))
    made.add_paragraph(legal(told["opening"])).paragraph_format.first_line_indent = Pt(24)
    for item in told["items"]:
        made.add_paragraph().add_run(legal(item["title"])).bold = True
        table = made.add_table(rows=0, cols=2, style="Table Grid")
        table.autofit = False
        for name, text in item["lines"]:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = name, legal(text)
            cells[0].width, cells[1].width = Cm(2.5), Cm(13)
    for text in filter(None, (told["closing"], told["words"])):
        made.add_paragraph(legal(text)).paragraph_format.first_line_indent = Pt(24)
    for text in (told["sender"], told["date"]):
        made.add_paragraph(legal(text)).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def legal(text: str) -> str:
    """XML takes no control characters."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "", text)
