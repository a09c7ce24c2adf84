"""`wangge export gb31000`: the flat tables of the standard, of an area, into a folder."""

import json
from pathlib import Path
from typing import Any

import click


@click.group("export")
def export() -> None:
    """导出数据。"""


@export.command("gb31000")
@click.option("--area", required=True, help="区划代码或网格编码：6、9、12 或 15 位，例如 430204。")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="存放文件的目录。")
@click.option("--tables", "listed", default="", help="只导出这些表，用逗号分隔，例如 T12,T13。")
@click.option("--as", "login", default="", help="以这个账号的岗位权限导出；重点人群的表必须指明。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出结果。")
@click.pass_context
def gb31000(context: click.Context, area: str, out: Path, listed: str, login: str, as_json: bool) -> None:
    """按 GB/T 31000-2015 导出各表（XLSX 和 CSV），并列出缺少的必填项。"""
    from wangge.config.cli import with_django

    with_django(context)
    done = run(area, out, listed, login, None if as_json else click.echo)
    if as_json:
        told = [{"table": w.table, "title": w.title, "rows": w.rows, "missing": w.missing} for w in done]
        click.echo(json.dumps({"out": str(out), "tables": told}, ensure_ascii=False, indent=2))
    else:
        lacking = sum(bool(w.missing) for w in done)
        click.echo(
            f"已导出 {len(done)} 张表到 {out}" + (f"，其中 {lacking} 张缺少必填项，见“导出说明”。" if lacking else "。")
        )


def run(area: str, out: Path, listed: str, login: str, say: Any = None) -> list[Any]:
    """Write the tables; what was written. Refusals are for the caller to show."""
    from wangge.kernel import scope
    from wangge.kernel.errors import Refusal
    from wangge.registry import queries, services

    if not (area.isascii() and area.isdigit() and len(area) in (6, 9, 12, 15)) or area[0] == "0":
        raise Refusal("place", f"“{area}”不是 6、9、12 或 15 位的区划代码或网格编码。", field="area", value=area)
    codes = [c.strip().upper() for c in listed.replace("，", ",").split(",") if c.strip()]
    with scope.system():
        actor = _actor(login, codes)
    shown: dict[str, int] = {}

    def tell(code: str, rows: int, expected: int) -> None:
        if say and (rows >= expected or rows - shown.get(code, 0) >= 20_000):
            shown[code] = rows
            say(f"{code}：{rows} 行" + (f"，共约 {expected} 行" if rows < expected else ""))

    wanted = codes or queries.exportable_tables(actor)
    return services.write_standard(actor=actor, area=int(area.ljust(15, "0")), codes=wanted, out=out, tell=tell)


def _actor(login: str, codes: list[str]) -> Any:
    """The system, which takes no special group away; or the account at the first of its posts that may take every table."""
    from wangge.identity import queries as identity
    from wangge.kernel.actor import SYSTEM
    from wangge.kernel.errors import Refusal
    from wangge.registry import queries

    if not login:
        special = [c for c in codes if c in queries.SPECIAL_CODES]
        if special:
            raise Refusal(
                "needs_person", f"{'、'.join(special)} 属重点人群，须用 --as 指明由哪个账号导出。", field="as"
            )
        return SYSTEM
    one = identity.account(login)
    posts = [identity.actor_for(one, post, "cli") for post in identity.posts_of(one)] if one.is_active else []
    found = None
    for post in posts:
        may = queries.exportable_tables(post)
        if may and set(codes) <= set(may):
            found = post
            break
    if found is None:
        raise Refusal(
            "no_right", f"账号“{login}”的岗位不能导出所选的表。请换有权限的账号，或减少表。", field="as", value=login
        )
    return found


def register(main: click.Group) -> None:
    """Hang the command under the program."""
    main.add_command(export)
