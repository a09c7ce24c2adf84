"""From the bytes of a file to a source, and from a source to a document."""

from wangge.disclosure.documents.reading.sources import read
from wangge.disclosure.documents.reading.understanding import understand

__all__ = ["read", "understand"]
