"""`wangge disclose` and `wangge books load-demo`: public documents out of the books, and books to try it with."""

from pathlib import Path

import click


def disclose(unit: str, year: int, kind: str, format: str, out: Path) -> None:
    """Write the set as a file into the folder `out` and tell its name."""
    from wangge.disclosure.services import sets
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM

    with scope.system():
        data = sets.render_set(SYSTEM, unit, year, kind, format)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{unit}-{year}-{sets.KINDS[kind]}.{format}"
    path.write_bytes(data)
    click.echo(str(path))


def load_demo() -> None:
    """Load the figures of the five documents; once more changes nothing."""
    from wangge.demo.books import loading

    loaded = loading.load(click.echo)
    click.echo(f"已装入 {loaded} 份账。")
