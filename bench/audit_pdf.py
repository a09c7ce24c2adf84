"""The whole audit of a PDF of at least fifty pages, beside the bare time of the PDF library on the same pages.

`value` is the time of reading, understanding and judging the document; `floor` is pdfplumber alone taking the words and
the tables of every page. Medians of rounds in turn. The promise: at most 1.3 of the floor. Published files beside the
project, where there are any, are timed in the same way, for information.
"""

import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import _bench
import pdfplumber
import typst

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
FONTS = PROJECT / "wangge" / "kernel" / "fonts"
PUBLISHED = PROJECT.parent / "shared" / "data" / "documents"
TABLES, LINES, ROUNDS, LEAST, MOST = 26, 28, 5, 50, 60

HEADER = ["科目编码", "科目名称", "本年支出合计", "基本支出", "项目支出", "上缴上级支出"]
SENTENCE = (
    "2022年度支出合计{total:.2f}万元，其中：基本支出{basic:.2f}万元，占{share:.2f}%；项目支出{project:.2f}万元，"
    "主要用于保障单位机构正常运转、完成日常工作任务和事业发展目标，与上年相比基本持平。"
)


def made() -> bytes:
    """Accounts of a department with 26 ledgers, each a page of table and a page of text."""
    parts = ["#align(center)[#text(size: 20pt)[某市某区某局 2022年度部门决算]]", "编制部门：某市某区某局"]
    for n in range(1, TABLES + 1):
        figures = [(100.25 + n * i, 40.5 + i) for i in range(1, LINES)]
        total, basic = (sum(pair[k] for pair in figures) for k in (0, 1))
        rows = [["", "合计", f"{total:.2f}", f"{basic:.2f}", f"{total - basic:.2f}", "0.00"]]
        for i, (whole, part) in enumerate(figures, 1):
            rows.append(
                [f"{200 + i}", f"第{i}类公共服务支出", f"{whole:.2f}", f"{part:.2f}", f"{whole - part:.2f}", "0.00"]
            )
        cells = ", ".join(f'"{text}"' for row in [HEADER, *rows] for text in row)
        text = SENTENCE.format(total=total, basic=basic, share=basic / total * 100, project=total - basic)
        parts.append(
            f"#pagebreak()\n#align(center)[支出决算表（第{n}部分）]\n单位：万元\n\n#table(columns: 6, {cells})\n"
            f"#pagebreak()\n{n}、支出决算情况说明\n\n" + "\n\n".join([text] * 12)
        )
    source = '#set text(font: "Noto Sans SC", size: 9pt, lang: "zh")\n' + "\n\n".join(parts)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    pdf = typst.compile(source.encode(), root=str(FONTS), format="pdf", font_paths=fonts)
    assert isinstance(pdf, bytes)
    return pdf


def bare(data: bytes) -> int:
    """The library alone: the words and the tables of every page."""
    with pdfplumber.open(io.BytesIO(data)) as document:
        for page in document.pages:
            page.extract_words()
            for table in page.find_tables():
                table.extract()
            page.close()
        return len(document.pages)


def ours(data: bytes) -> None:
    from wangge.disclosure.documents.model import Unreadable
    from wangge.disclosure.terms import audit_bytes

    try:
        audit_bytes(data, "bench.pdf")
    except Unreadable as refused:
        print(f"  refused: {refused}")


def taken(work: Callable[[bytes], object], data: bytes) -> float:
    began = time.perf_counter()
    work(data)
    return time.perf_counter() - began


def both(data: bytes, rounds: int) -> tuple[float, float]:
    """Medians of ours and of the library alone, taken in turn so that a busy machine slows both."""
    pairs = [(taken(ours, data), taken(bare, data)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def main() -> int:
    from wangge.disclosure.documents.reading import read

    data = made()
    pages = bare(data)  # the first run loads what the others use
    if pages < LEAST:
        print(f"only {pages} pages were made")
        return 1
    ours(data)
    reading = statistics.median(taken(lambda d: read(d, "bench.pdf"), data) for _ in range(ROUNDS))
    value, floor = both(data, ROUNDS)
    print(f"{pages} pages, {len(data) / 1e6:.1f} MB: reading alone {reading:.2f} s, the whole audit {value:.2f} s")
    for path in sorted(PUBLISHED.glob("*.pdf")) if PUBLISHED.is_dir() else ():
        with pdfplumber.open(path) as document:
            if len(document.pages) > MOST:
                continue
        one, other = both(path.read_bytes(), 1)
        print(f"  {path.name}: {one:.2f} s beside {other:.2f} s, {one / other:.2f}")
    _bench.report("audit_pdf", value, "s", floor)
    return 0


if __name__ == "__main__":
    sys.exit(main())
