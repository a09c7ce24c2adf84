"""A file of any known format as a source: told from its bytes, never from its name."""

import hashlib

from wangge.disclosure.documents.model import Source, Unreadable
from wangge.disclosure.documents.reading.formats import text
from wangge.disclosure.documents.reading.formats.shape import compose, fingerprint

MOST_BYTES = 100 * 1024 * 1024


def read(data: bytes, name: str) -> Source:
    """The paragraphs and tables of a file. Raises Unreadable with a sentence that says what to do next."""
    if not data.strip():
        raise Unreadable("empty", f"文件“{name}”是空的。请检查后重新选择文件。")
    if len(data) > MOST_BYTES:
        raise Unreadable("too_large", f"文件“{name}”超过100 MB。请拆分或压缩图片后再试。")
    blocks = compose(text.pieces(data))
    return Source(name, "text", hashlib.sha256(data).hexdigest(), fingerprint(blocks), 0, blocks)
