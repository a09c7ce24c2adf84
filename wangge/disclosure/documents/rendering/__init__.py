"""A paper as a file: a workbook, a text document, or pages."""

from collections.abc import Callable

from wangge.disclosure.documents.filling import Paper


def render(paper: Paper, kind: str) -> bytes:
    """The bytes of the paper as `xlsx`, `docx` or `pdf`. The same paper gives the same bytes."""
    return _RENDERERS[kind](paper)


def _xlsx(paper: Paper) -> bytes:
    from wangge.disclosure.documents.rendering.xlsx import workbook

    return workbook(paper)


def _docx(paper: Paper) -> bytes:
    from wangge.disclosure.documents.rendering.docx import document

    return document(paper)


def _pdf(paper: Paper) -> bytes:
    from wangge.disclosure.documents.rendering.pdf import pages

    return pages(paper)


_RENDERERS: dict[str, Callable[[Paper], bytes]] = {"xlsx": _xlsx, "docx": _docx, "pdf": _pdf}
FORMATS = tuple(_RENDERERS)
