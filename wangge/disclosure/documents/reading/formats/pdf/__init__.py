"""PDF with a text layer: ruled tables, tables aligned by their words where that is certain, and paragraphs.

Each page is opened once and forgotten. A table is taken from lines that are drawn, never from the white patches behind
text; a drawn box that is no table (one row, one column, a chart) is read as the text that stands in it.
"""

import io
import logging
from collections.abc import Sequence

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect

from wangge.disclosure.documents.model import Place, Unreadable
from wangge.disclosure.documents.reading.formats.pdf.flow import flowing
from wangge.disclosure.documents.reading.formats.pdf.pages import GARBLED, SCANNED, Sheet, sheet_of
from wangge.disclosure.documents.reading.formats.shape import Piece

MOST_PAGES = 1000

logging.getLogger("pdfminer").setLevel(logging.ERROR)  # its remarks on fonts and colours mean nothing to a reader


def pieces(data: bytes) -> tuple[list[Piece], int, tuple[tuple[str, Place], ...]]:
    """The pieces of the document, its number of pages, and the pages that could not be read, each with its reason.

    Raises Unreadable: `encrypted`, `broken`, `empty`, `too_large`, `scanned`.
    """
    try:
        document = pdfplumber.open(io.BytesIO(data))
        count = len(document.pages)
    except Exception as error:
        raise _unreadable(error) from error
    with document:
        if count == 0:
            raise Unreadable("empty", "这个PDF没有任何页面。请重新导出后再试。")
        if count > MOST_PAGES:
            raise Unreadable("too_large", f"这个PDF有{count}页，超过{MOST_PAGES}页。请拆成几个文件后再试。")
        sheets: list[Sheet] = []
        problems: list[tuple[str, Place]] = []
        garbled = 0
        for index in range(count):
            page, place = document.pages[index], Place(page=index + 1)
            try:
                problem, sheet = sheet_of(page)
            except (MemoryError, KeyboardInterrupt):
                raise
            except Exception:
                problem, sheet = "这一页的内容已损坏，没有读取。", None
            finally:
                page.close()
            garbled += problem == GARBLED
            if problem:
                problems.append((problem, place))
            if sheet:
                sheets.append(sheet)
    if not sheets:
        _refuse(problems, garbled)
    return list(flowing(sheets)), count, tuple(problems)


def _unreadable(error: Exception) -> Unreadable:
    causes = [error, error.__cause__, *error.args]
    if any(isinstance(cause, PDFPasswordIncorrect | PDFEncryptionError) for cause in causes):
        return Unreadable("encrypted", "这个PDF有打开密码。请去掉密码，或重新导出没有密码的PDF后再试。")
    return Unreadable("broken", "这个PDF已损坏，打不开。请重新下载或重新导出后再试。")


def _refuse(problems: Sequence[tuple[str, Place]], garbled: int) -> None:
    if not problems:
        raise Unreadable("empty", "这个PDF的页面是空白的，没有文字。请检查是否选错了文件。")
    if garbled:
        raise Unreadable("scanned", "这个PDF的文字层是乱码，不能读取。请用原来的Word或Excel文件，或重新导出PDF后再试。")
    if any(problem == SCANNED for problem, _ in problems):
        raise Unreadable(
            "scanned", "这个PDF是扫描件或图片，没有文字层，不能读取。请用原来的Word、Excel文件，或由它们直接导出的PDF。"
        )
    raise Unreadable("broken", "这个PDF的每一页都已损坏，不能读取。请重新下载或重新导出后再试。")
