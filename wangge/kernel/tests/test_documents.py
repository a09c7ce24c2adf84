"""Documents: our own fonts, text that stays text, the same bytes each time."""

import re
import zlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import typst

from wangge.kernel import documents
from wangge.kernel.workdays import ZONE

DATA: dict[str, Any] = {
    "title": "事项清单",
    "titles": ["编号", "名称"],
    "rows": [["一〇一", "龘的第一件"], ["2", "乙"]],
}


def test_a_listing_renders_on_one_page_and_the_same_each_time():
    first = documents.pdf("kernel/listing", DATA)
    assert first.startswith(b"%PDF-")
    assert first == documents.pdf("kernel/listing", DATA)
    assert first != documents.pdf("kernel/listing", DATA | {"title": "别的"})
    assert len(documents.pages_png("kernel/listing", DATA)) == 1
    assert len(documents.pages_png("kernel/listing", DATA | {"rows": DATA["rows"] * 40})) > 1


def test_the_fonts_are_ours_and_embedded():
    assert set(documents._fonts().families()) == {documents.FONT}
    assert b"NotoSansSC" in documents.pdf("kernel/listing", DATA)
    assert (documents.FONTS / "NotoSansSC-LICENSE.txt").read_text().count("SIL OPEN FONT LICENSE")


@pytest.mark.parametrize(
    "text", ['#panic("x")', "*粗* _斜_", '"]) #include "/config/settings.py"', "$x^2$", "\\ @a <b>", "= 标题"]
)
def test_what_a_person_wrote_is_text_and_never_markup(text):
    """Through the data it prints as the same characters do when they stand as a string literal in a template."""
    literal = text.replace("\\", "\\\\").replace('"', '\\"')
    source = (
        '#import "/kernel/documents/base.typ": official, listing\n#show: official.with(title: "t")\n'
        f'#listing(("甲",), (("{literal}",),))'
    )
    expected = typst.compile(  # type: ignore[call-overload]
        source.encode(),
        root=str(documents.ROOT),
        font_paths=documents._fonts(),
        ignore_system_fonts=True,
        format="png",
        ppi=110.0,
        sys_inputs={"data": "{}"},
    )
    assert documents.pages_png("kernel/listing", {"title": "t", "titles": ["甲"], "rows": [[text]]}) == [expected]


def test_the_text_of_a_pdf_can_be_searched_and_copied():
    pdf = documents.pdf("kernel/listing", DATA)
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    maps = b"".join(m for m in map(_unpacked, streams) if b"beginbfchar" in m)
    known = {bytes.fromhex(h.decode()).decode("utf-16-be") for h in re.findall(rb"> <([0-9A-Fa-f]{4})>", maps)}
    assert set("事项清单编号名称龘") <= known


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2026, 5, 6), "2026年5月6日"),
        (datetime(2026, 5, 6, 9, 5, tzinfo=ZONE), "2026年5月6日 09:05"),
        (Decimal("1.50"), "1.50"),
    ],
)
def test_dates_and_sums_read_as_officials_write_them(value, text):
    def rows(cell):
        return documents.pages_png("kernel/listing", DATA | {"rows": [[cell, ""]]})

    assert rows(value) == rows(text)


@pytest.mark.parametrize("name", ["kernel/none", "../etc/passwd", "kernel/../x", "/etc/x", "listing", "kernel/Listing"])
def test_a_template_that_is_not_there_is_a_fault(name):
    with pytest.raises(documents.TemplateFault):
        documents.pdf(name, DATA)


def test_a_template_that_misses_its_data_says_where():
    with pytest.raises(documents.TemplateFault, match=r"listing\.typ"):
        documents.pdf("kernel/listing", {"title": "x"})
