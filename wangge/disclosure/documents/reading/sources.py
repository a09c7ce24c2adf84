"""A file of any known format as a source: told from its bytes, never from its name."""

import hashlib
import io
import re
import zipfile
from typing import Literal

from wangge.disclosure.documents.model import Place, Source, Unreadable
from wangge.disclosure.documents.reading.formats.shape import Piece, compose, fingerprint

MOST_BYTES = 100 * 1024 * 1024
MOST_UNPACKED = 600 * 1024 * 1024
MOST_ENTRIES = 10_000

Format = Literal["pdf", "docx", "xlsx", "html", "text"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|meta|title)[\s>]", re.I)
_UNKNOWN = "不认识这个文件的格式。请另存为PDF、DOCX、XLSX、HTML或文本后再试。"


def read(data: bytes, name: str) -> Source:
    """The paragraphs and tables of a file in reading order, cut tables and sentences joined, each with its place.

    Raises Unreadable with a sentence that says what to do next: `empty`, `too_large`, `unknown_format`, `encrypted`,
    `broken`, `scanned`.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise Unreadable("empty", "这个文件是空的。请检查后重新选择文件。")
    if len(data) > MOST_BYTES:
        raise Unreadable("too_large", "这个文件超过100 MB。请拆成几个文件，或压缩其中的图片后再试。")
    kind = sniff(data)
    found, pages, problems = _pieces(kind, data)
    blocks = compose(found)
    if not blocks:
        raise Unreadable("empty", "这个文件里没有文字。请检查是否选错了文件。")
    return Source(name, kind, hashlib.sha256(data).hexdigest(), fingerprint(blocks), pages, blocks, problems)


def _pieces(kind: Format, data: bytes) -> tuple[list[Piece], int, tuple[tuple[str, Place], ...]]:
    """The pieces, the number of pages, the parts that could not be read. A library is loaded when it is needed."""
    if kind == "pdf":
        from wangge.disclosure.documents.reading.formats import pdf

        return pdf.pieces(data)
    if kind == "xlsx":
        from wangge.disclosure.documents.reading.formats import xlsx

        return *xlsx.pieces(data), ()
    if kind == "docx":
        from wangge.disclosure.documents.reading.formats import docx

        return docx.pieces(data), 0, ()
    if kind == "html":
        from wangge.disclosure.documents.reading.formats import html

        return html.pieces(data), 0, ()
    from wangge.disclosure.documents.reading.formats import text

    return text.pieces(data), 0, ()


def sniff(data: bytes) -> Format:
    """The format of the bytes. Raises Unreadable for a known format that cannot be read and for one that is unknown."""
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _zipped(data)
    if data.startswith(_OLE):
        return _old_office(data)
    if data.startswith(_PICTURES) or data[8:12] in (b"WEBP", b"heic"):
        raise Unreadable("scanned", "这是一张图片，没有文字，不能读取。请用原来的PDF、Word或Excel文件。")
    if data.startswith(b"{\\rtf"):
        raise Unreadable("unknown_format", "这是RTF文件。请用Word或WPS打开，另存为DOCX或PDF后再试。")
    if data.startswith((b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        raise Unreadable("unknown_format", "这是压缩包。请先解压，再选择其中的文件。")
    head = data[:4096].replace(b"\x00", b"")  # UTF-16 as well
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head and not _HTML.search(head):
        raise Unreadable("unknown_format", "这是XML格式的表格文件。请用Excel或WPS打开，另存为XLSX后再试。")
    if head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<") and _HTML.search(head):
        return "html"
    return "text"


def _zipped(data: bytes) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unreadable("broken", "这个文件已损坏，打不开。请重新下载或重新导出后再试。") from error
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise Unreadable("too_large", "这个文件展开后过大，没有读取。请检查文件来源，或重新导出后再试。")
    names = {entry.filename for entry in entries}
    if "word/document.xml" in names:
        return "docx"
    if names & {"xl/workbook.xml", "xl/workbook.bin"} or b"opendocument.spreadsheet" in data[:200]:
        return "xlsx"
    if "OFD.xml" in names:
        raise Unreadable("unknown_format", "这是OFD文件。请用OFD阅读器打开，导出为PDF后再试。")
    raise Unreadable(
        "unknown_format", "这是压缩包，或是不认识的文件。请先解压，再选择其中的PDF、DOCX、XLSX、HTML或文本文件。"
    )


def _old_office(data: bytes) -> Format:
    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        raise Unreadable("encrypted", "这个文件有打开密码。请去掉密码后再试。")
    if holds("WordDocument"):
        raise Unreadable("unknown_format", "这是旧版Word（.doc）文件。请用Word或WPS打开，另存为DOCX或PDF后再试。")
    if holds("Workbook") or holds("Book"):
        return "xlsx"
    raise Unreadable("unknown_format", _UNKNOWN)
