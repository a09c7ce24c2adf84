"""Printed documents: a Typst template and data in, a PDF out. The same data gives the same bytes.

A template `room/name` is the file `name.typ` in the room's `documents/` folder. Data reaches it as JSON through
`sys.inputs` and is never pasted into its text, so nothing a person wrote can act as markup. Fonts are our own.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from wangge.kernel.workdays import ZONE

ROOT = Path(__file__).parents[1]
FONTS = Path(__file__).parent / "fonts"
FONT = "Noto Sans SC"
_NAME = re.compile(r"^[a-z_]+(/[a-z_]+)*/[a-z0-9_-]+$")
_STAMP = datetime(2000, 1, 1, tzinfo=UTC)


class TemplateFault(RuntimeError):
    """A template that does not exist or does not compile: a fault of ours, never of the data's author."""


def pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """Render `room/name` with the data (texts, numbers, dates, lists, mappings; dates read `2026年5月6日`)."""
    return _render(_path(template), data, "pdf")


def pages_png(template: str, data: Mapping[str, Any], ppi: float = 110) -> list[bytes]:
    """The same pages as pictures, for a preview on screen."""
    out = _render(_path(template), data, "png", ppi)
    return out if isinstance(out, list) else [out]


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def _path(template: str) -> Path:
    if not _NAME.match(template):
        raise TemplateFault(f"no such template: {template!r}")
    room, name = template.rsplit("/", 1)
    path = ROOT / room / "documents" / f"{name}.typ"
    if not path.is_file():
        raise TemplateFault(f"no such template: {template!r}")
    return path


def _render(path: Path, data: Mapping[str, Any], kind: str, ppi: float | None = None) -> Any:
    inputs = {"data": json.dumps(data, ensure_ascii=False, default=_plain, allow_nan=False)}
    try:
        return typst.compile(
            str(path),
            root=str(ROOT),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format=kind,  # type: ignore[call-overload]
            ppi=ppi,
            sys_inputs=inputs,
            timestamp=_STAMP,
        )
    except typst.TypstError as error:
        raise TemplateFault(f"{path.name}: {error}") from error


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        m = value.astimezone(ZONE) if value.tzinfo else value
        return f"{m.year}年{m.month}月{m.day}日 {m:%H:%M}"
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    if isinstance(value, Decimal):
        return str(value)
    return str(value)
