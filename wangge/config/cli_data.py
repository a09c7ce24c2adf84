"""`wangge import-cases` and `wangge figures`: histories in, published figures out."""

import json
from pathlib import Path
from typing import Any

import click


def import_cases(file: Path, steps: Path | None, dry_run: bool, as_json: bool) -> None:
    """Import a file of histories and say what came of it; exit 1 when a row was refused (then nothing is written)."""
    from wangge.casework import services
    from wangge.kernel.actor import SYSTEM

    done, refused = services.import_file(actor=SYSTEM, path=file, steps=steps, dry_run=dry_run)
    if as_json:
        faults = [
            {"row": f.row, "step": f.step, "field": f.field, "value": f.value, "sentence": f.sentence}
            for f in done.faults
        ]
        told: dict[str, Any] = {
            "source": done.source,
            "digest": done.digest,
            "cases": done.cases,
            "steps": done.steps,
            "known": done.known,
            "written": done.written,
            "faults": faults,
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    elif done.faults:
        for fault in done.faults[:20]:
            at = f"第 {fault.row} 行" + (f"第 {fault.step} 步" if fault.step else "")
            click.echo(f"{at}　{fault.field}　{fault.value}　{fault.sentence}")
        click.echo(f"共 {len(done.faults)} 处问题，未导入任何一件。未通过的行见 {refused}。")
    elif dry_run:
        click.echo(f"核对通过：{done.cases} 件、{done.steps} 步可以导入，{done.known} 件已在系统中。")
    else:
        click.echo(f"已导入 {done.cases} 件、{done.steps} 步；{done.known} 件此前已导入，未重复。")
    if done.faults:
        raise SystemExit(1)


def figures(system: str, as_json: bool) -> None:
    """Print every published figure beside the counted one; exit 1 on a difference."""
    # Named by a string, as the settings name the rooms: the house and the demonstration do not import each other.
    from wangge.demo.figures import figures as counted

    rows = list(counted(system))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for row in rows:
            sign = "≥ " if row["compare"] == "at_least" else ""
            click.echo(
                f"{'一致' if row['ok'] else '不一致'}\t{row['system']}\t{row['name']}\t公布 {sign}{row['published']}\t"
                f"系统 {row['actual']} {row['unit']}\t依据 {row['rows']} 行\t{row['source']}"
            )
    if not rows:
        raise click.ClickException(f"没有系统 {system} 的公布数据。")
    if not all(row["ok"] for row in rows):
        raise SystemExit(1)
