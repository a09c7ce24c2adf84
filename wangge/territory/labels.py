"""QR codes of fixtures: a drawing for pages, a matrix of squares for print. Nothing is fetched from anywhere."""

import io

import segno


def svg(link: str) -> str:
    """The code of a link as an SVG of its own, 132 pixels wide; safe to put into a page as it is."""
    out = io.BytesIO()
    made = segno.make(link, error="m", micro=False)
    made.save(out, kind="svg", xmldecl=False, svgns=True, scale=4, border=4, svgclass=None, lineclass=None)
    return out.getvalue().decode()


def matrix(link: str) -> list[str]:
    """Rows of "0" and "1", without the quiet zone."""
    made = segno.make(link, error="m", micro=False)
    return ["".join("1" if cell else "0" for cell in row) for row in made.matrix]
