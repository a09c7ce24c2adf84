"""`wangge import people|households|dwellings|organisations|devices|fixtures FILE` and `wangge undo-import ID`."""

import json
from pathlib import Path
from typing import Any

import click

KINDS = ("people", "households", "dwellings", "organisations", "devices", "fixtures")


@click.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--area", default="", help="范围：6、9、12 或 15 位区划代码或网格编码；不写网格的行归入这个社区。")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="列对照（JSON 或 YAML）：{表头: 项目}。",
)
@click.option("--source", default="", help="来源单位，例如 井龙派出所。")
@click.option(
    "--role", default="", help="同时登记的身份（hukou、migrant 等），或组织（enterprise 等）、设备（access 等）的类别。"
)
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), help="数据日期，默认今天。")
@click.option("--dry-run", is_flag=True, help="只核对，不写入。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果。")
@click.pass_context
def import_(context: click.Context, kind: str, file: Path, as_json: bool, **given: Any) -> None:
    """导入人员、户、房屋、组织、设备或部件的表格（xlsx、xls、ods、csv，表头不限）。中断后再执行同一命令即继续。有行未通过时返回 1。"""
    from wangge.config.cli import with_django

    with_django(context)
    told = run(kind, file, None if as_json else click.echo, **given)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        click.echo(_sentence(told))
        for fault in told["faults"][:20]:
            rows = "、".join(map(str, fault["rows"]))
            click.echo(
                f"第 {rows} 行{'等' if fault['count'] > len(fault['rows']) else ''}　{fault['title']}　{fault['sentence']}　共 {fault['count']} 行"
            )
        if told["error_file"]:
            click.echo(f"未通过的行见 {told['error_file']}，改正后可直接再导入。")
    if told["refused"]:
        raise SystemExit(1)


def run(
    kind: str,
    file: Path,
    say: Any,
    *,
    area: str = "",
    mapping: Path | None = None,
    source: str = "",
    role: str = "",
    as_of: Any = None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Import the file to its end; what came of it. Refusals are for the caller to show."""
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM
    from wangge.registry import queries, services

    shown = 0

    def tell(done: int, total: int) -> None:
        nonlocal shown
        if say and (done - shown >= 50_000 or done == total):
            shown = done
            say(f"已办理 {done} 行，共 {total} 行")

    batch = services.import_file(
        actor=SYSTEM, kind=kind, data=file.read_bytes(), name=file.name, area=_area(area), mapping=_mapping(mapping),
        dry_run=dry_run, source=source, as_of=as_of.date() if as_of else None, role=role, tell=tell,
    )  # fmt: skip
    written = batch.state == "done"
    counts = batch.counts if written else batch.foreseen
    errors = None
    with scope.system():
        faults = queries.import_faults(SYSTEM, batch, written=written)
        if counts.get("refused"):
            errors = file.with_name(f"{file.stem}.未通过.xlsx")
            errors.write_bytes(queries.error_file(SYSTEM, batch, written=written))
    return {
        "batch": batch.pk, "kind": kind, "state": batch.state, "written": written, "rows": batch.total, **counts,
        "refused": counts.get("refused", 0), "faults": faults, "error_file": str(errors) if errors else None,
    }  # fmt: skip


def _sentence(told: dict[str, Any]) -> str:
    words = {
        "added": "新建",
        "filled": "补充",
        "same": "一致",
        "differing": "与档案不同",
        "repeated": "重复",
        "refused": "未通过",
    }
    parts = "，".join(f"{label} {told[name]}" for name, label in words.items() if told.get(name)) or "没有变化"
    done = f"批次 {told['batch']}：共 {told['rows']} 行，{parts}"
    if not told["written"]:
        return done + "。只是核对，尚未写入。"
    return done + (f"。{told['differences']} 项差异待比对。" if told.get("differences") else "。")


def _area(text: str) -> int | None:
    from wangge.kernel.errors import Refusal

    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) in (6, 9, 12, 15)) or text[0] == "0":
        raise Refusal("place", f"“{text}”不是 6、9、12 或 15 位的区划代码或网格编码。", field="area", value=text)
    return int(text.ljust(15, "0"))


def _mapping(path: Path | None) -> dict[str, str] | None:
    import yaml

    from wangge.kernel.errors import Refusal

    if path is None:
        return None
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refusal("mapping", f"列对照文件读不出来：{error}", field="mapping") from None
    if not isinstance(told, dict):
        raise Refusal("mapping", "列对照文件应为 {表头: 项目}，例如 {身份证: id_number}。", field="mapping")
    return {str(title): str(key or "") for title, key in told.items()}


@click.command("undo-import")
@click.argument("batch", type=int)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果。")
@click.pass_context
def undo_import(context: click.Context, batch: int, as_json: bool) -> None:
    """撤销一个导入批次（30 天内）。导入后改动过的档案保留。"""
    from wangge.config.cli import with_django

    with_django(context)
    from wangge.kernel.actor import SYSTEM
    from wangge.registry import services

    done = services.undo_import(actor=SYSTEM, batch_id=batch)
    if as_json:
        click.echo(json.dumps({"batch": batch, "removed": done.removed, "restored": done.restored, "kept": done.kept}))
    else:
        click.echo(
            f"批次 {batch} 已撤销：移除 {done.removed} 条，还原 {done.restored} 条，保留改动过的 {done.kept} 条。"
        )


def register(main: click.Group) -> None:
    main.add_command(import_)
    main.add_command(undo_import)
