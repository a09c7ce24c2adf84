"""A file of any known format as a source: told from its bytes, never from its name."""

import hashlib
from typing import Literal

from wangge.disclosure.documents.model import Place, Source, Unreadable
from wangge.disclosure.documents.reading.formats import pdf, text
from wangge.disclosure.documents.reading.formats.shape import compose, fingerprint

MOST_BYTES = 100 * 1024 * 1024


def read(data: bytes, name: str) -> Source:
    """The paragraphs and tables of a file. Raises Unreadable with a sentence that says what to do next."""
    if not data.strip():
        raise Unreadable("empty", f"文件“{name}”是空的。请检查后重新选择文件。")
    if len(data) > MOST_BYTES:
        raise Unreadable("too_large", f"文件“{name}”超过100 MB。请拆分或压缩图片后再试。")
    kind: Literal["pdf", "docx", "xlsx", "html", "text"] = "text"
    pages = 0
    problems: tuple[tuple[str, Place], ...] = ()
    if b"%PDF-" in data[:1024]:
        kind = "pdf"
        found, pages, problems = pdf.pieces(data)
    else:
        found = text.pieces(data)
    blocks = compose(found)
    return Source(name, kind, hashlib.sha256(data).hexdigest(), fingerprint(blocks), pages, blocks, problems)
