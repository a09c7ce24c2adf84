"""The program `wangge`. Light by itself: Django is loaded only by the commands that need it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import psycopg

from wangge.config import cli_devices, cli_import, cli_keys, cli_link, cli_registry_export, database, embedded, server
from wangge.disclosure import terms

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wangge.config.settings")


def data_folder() -> Path:
    """The data folder, made absolute once so that children find the same one."""
    path = Path(os.environ.get("WANGGE_DATA", "var")).resolve()
    os.environ["WANGGE_DATA"] = str(path)
    return path


def keep_database(context: click.Context) -> None:
    """The embedded database runs until the command ends; with `DATABASE_URL` nothing is started."""
    data = data_folder()
    if not database.is_external():
        context.with_resource(embedded.used(data))


def with_django(context: click.Context) -> None:
    """The database runs and Django is loaded until the command ends."""
    import django

    keep_database(context)
    django.setup()
    context.call_on_close(_close_pools)


def _close_pools() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def fail(sentence: str) -> click.ClickException:
    return click.ClickException(sentence)


class Program(click.Group):
    """Turns what went wrong into its sentence and exit code 1."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (embedded.Unavailable, database.BadAddress, server.PortTaken) as error:
            raise fail(str(error)) from None
        except psycopg.OperationalError as error:
            raise fail(f"数据库连接不上：{error}") from None
        except Exception as error:
            if hasattr(error, "sentence"):
                raise fail(error.sentence) from None
            if type(error).__module__ == "django.db.utils" and type(error).__name__ == "OperationalError":
                raise fail(f"数据库连接不上：{error}") from None
            raise


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wangge", message="%(version)s")
def main() -> None:
    """网格化社会治理平台。数据存放在 WANGGE_DATA（默认 ./var）；DATABASE_URL 指定外部数据库。"""


HOST = click.option("--host", default="127.0.0.1", show_default=True, help="监听地址；对外服务用 0.0.0.0。")
PORT = click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="监听端口。")


def _again(*arguments: str) -> None:
    """Run another command of this program as a process of its own, so that its memory goes with it."""
    done = subprocess.run([sys.executable, "-m", "wangge.config.cli", *arguments], check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def _serve(host: str, port: int) -> None:
    shown = f"http://{server.reachable(host)}:{port}/"
    server.supervise(host, port, lambda: click.echo(f"系统已就绪：{shown}（按 Ctrl-C 停止）"))


@main.command()
@HOST
@PORT
@click.pass_context
def up(context: click.Context, host: str, port: int) -> None:
    """启动数据库，更新表结构和基础数据，然后提供服务。"""
    server.require_free_port(host, port)
    keep_database(context)
    _again("migrate", "--quiet")
    _serve(host, port)


@main.command()
@click.option("--no-serve", is_flag=True, help="只装载演示数据，不提供服务。")
@click.option("--size", default=1.0, show_default=True, type=click.FloatRange(0.01, 1000), help="规模，1 为一年。")
@click.option(
    "--people",
    default=30_000,
    show_default=True,
    type=click.IntRange(24_000, 1_000_000),
    help="虚构居民人数，全区约 300000。",
)
@HOST
@PORT
@click.pass_context
def demo(context: click.Context, no_serve: bool, size: float, people: int, host: str, port: int) -> None:
    """装载演示区，列出演示账号，然后提供服务。"""
    if not no_serve:
        server.require_free_port(host, port)
        keep_database(context)
        _again("demo", "--no-serve", "--size", str(size), "--people", str(people))
        os.environ.setdefault("WANGGE_MQTT_URL", "demo")  # devices that speak, over a broker inside the intake
        _serve(host, port)
        return
    with_django(context)
    _migrate(quiet=True)
    from wangge import demo as demonstration

    demonstration.load(size, people, click.echo)
    _print_accounts()


@main.command()
@click.option("--quiet", is_flag=True, help="成功时不输出。")
@click.pass_context
def migrate(context: click.Context, quiet: bool) -> None:
    """更新表结构，装载随程序发布的基础数据。可重复执行。"""
    with_django(context)
    _migrate(quiet)


def _migrate(quiet: bool) -> None:
    from django.core.management import call_command
    from django.db import connection

    # Two starts at once must not both alter tables; the second one finds nothing to do.
    guard = connection.copy()
    guard.settings_dict["OPTIONS"].pop("pool", None)
    try:
        with guard.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(7262002)")
        call_command("migrate", interactive=False, verbosity=0 if quiet else 1)
        for name, load in _reference():
            written = load()
            if not quiet:
                click.echo(f"{name}：{written} 项" if isinstance(written, int) else name)
    finally:
        guard.close()


def _reference() -> list[tuple[str, Callable[[], Any]]]:
    """What every installation needs before its first user: dated data that ships with the program."""
    from wangge.events import services as events
    from wangge.identity import services as identity
    from wangge.kernel import calendars, scope
    from wangge.kernel.actor import SYSTEM
    from wangge.territory import services as territory

    def load(service: Callable[..., Any]) -> Callable[[], Any]:
        def inside() -> Any:
            with scope.system():
                return service(actor=SYSTEM)

        return inside

    return [
        ("工作日历", load(calendars.load_calendar)),
        ("行政区划", load(territory.load_divisions)),
        ("区划边界", load(territory.load_outlines)),
        ("岗位角色", load(identity.load_roles)),
        ("机构部门", load(identity.load_departments)),
        ("事项目录", load(events.load_catalogue)),
    ]


@main.command()
@click.pass_context
def check(context: click.Context) -> None:
    """检查设置、数据库、工作日历、磁盘和字体；有一项不合格即返回 1。"""
    with_django(context)
    from wangge.config import cli_check

    findings = list(cli_check.findings())
    for finding in findings:
        click.echo(f"{'通过' if finding.ok else '不合格'}  {finding.subject}：{finding.sentence}")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


def _print_accounts(as_json: bool = False) -> None:
    from wangge.identity import queries
    from wangge.kernel import scope

    with scope.system():
        rows = queries.demo_accounts()
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif not rows:
        click.echo("没有演示账号。先执行 wangge demo。")
    else:
        for row in rows:
            click.echo(f"{row['role']}\t{row['name']}\t{row['password']}\t{row['post']}\t{row['district']}")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_context
def accounts(context: click.Context, as_json: bool) -> None:
    """列出演示账号：岗位角色、账号、口令、岗位、所在区。"""
    with_django(context)
    _print_accounts(as_json)


@main.command("setup-officers")
@click.option("--district", required=True, help="区划代码，例如 430204。")
@click.pass_context
def setup_officers(context: click.Context, district: str) -> None:
    """首次安装：建立系统、安全、审计三类管理员，须由三人分任。"""
    with_django(context)
    from wangge.identity import services
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM

    if not (district.isdigit() and len(district) in (6, 15)):
        raise click.ClickException(f"区划代码“{district}”应为 6 位数字，例如 430204。")
    people = {}
    for role, title in (
        ("system_admin", "系统管理员"),
        ("security_admin", "安全管理员"),
        ("audit_admin", "审计管理员"),
    ):
        click.echo(f"—— {title} ——")
        people[role] = services.Person(
            name=click.prompt("账号"),
            full_name=click.prompt("姓名"),
            password=click.prompt("初始密码（首次登录时须修改）", hide_input=True, confirmation_prompt="再输入一次"),
        )
    with scope.system():
        made = services.create_first_officers(actor=SYSTEM, district=int(district.ljust(15, "0")), people=people)
    click.echo("已建立：" + "、".join(f"{a.full_name}（{a.name}）" for a in made))


@main.command("import-cases")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--steps", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="FILE 为表格时的步骤表。")
@click.option("--dry-run", is_flag=True, help="只核对，不写入。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_context
def import_cases(context: click.Context, file: Path, steps: Path | None, dry_run: bool, as_json: bool) -> None:
    """导入其他系统的历史件：NDJSON 每行一件，或件表加步骤表（XLSX、CSV）。有一行不合格则全部不导入。"""
    with_django(context)
    from wangge.config import cli_data

    cli_data.import_cases(file, steps, dry_run, as_json)


@main.command()
@click.option("--seed", is_flag=True, help="与公布文件中的数据对照。")
@click.option("--system", default="", help="只看一个系统，例如 S04。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_context
def figures(context: click.Context, seed: bool, system: str, as_json: bool) -> None:
    """逐项对照公布的数据与系统由自身记录算出的数据；有一项不一致即返回 1。"""
    with_django(context)
    from wangge.config import cli_data

    cli_data.figures(system, as_json)


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(allow_dash=True))
@click.option(
    "--format", "form", default="table", show_default=True, type=click.Choice(terms.FORMATS), help="结果的形式。"
)
@click.option("--out", type=click.Path(path_type=Path), help="结果写到这个文件；多个文件的 html、xlsx 写到这个文件夹。")
def audit(files: tuple[str, ...], form: str, out: Path | None) -> None:
    """审核公开的部门预算、决算、绩效目标、绩效自评（PDF、DOCX、XLSX、HTML、TXT，或文件夹；- 为标准输入）。

    没有发现错误返回 0，有错误返回 1，读不出来返回 2。不需要数据库。
    """
    from wangge.config import cli_audit

    raise SystemExit(cli_audit.audit(files, form, out))


@main.command()
@click.option("--unit", required=True, help="预算单位代码。")
@click.option("--year", required=True, type=int, help="年度。")
@click.option("--kind", required=True, type=click.Choice(["budget", "accounts", "targets", "self-evaluation"]))
@click.option("--format", "form", default="pdf", show_default=True, type=click.Choice(["xlsx", "docx", "pdf"]))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="存放的文件夹。")
@click.pass_context
def disclose(context: click.Context, unit: str, year: int, kind: str, form: str, out: Path) -> None:
    """从账上生成部门预算、部门决算、绩效目标或绩效自评的公开文本。"""
    with_django(context)
    from wangge.config import cli_disclose

    cli_disclose.disclose(unit, year, kind, form, out)


@main.group()
def books() -> None:
    """预算和决算的账。"""


@books.command("load-demo")
@click.pass_context
def books_load_demo(context: click.Context) -> None:
    """装入演示账：五份公开文本的数字。可重复执行。"""
    with_django(context)
    _migrate(quiet=True)
    from wangge.config import cli_disclose

    cli_disclose.load_demo()


@main.group()
def token() -> None:
    """接口令牌。"""


@token.command("create")
@click.option("--account", required=True, help="令牌所属账号。")
@click.option("--label", default="", help="用途说明。")
@click.option("--rate", default=200, show_default=True, help="每秒允许的请求数。")
@click.option("--days", default=None, type=int, help="有效天数。")
@click.pass_context
def token_create(context: click.Context, account: str, label: str, rate: int, days: int | None) -> None:
    """为账号发一枚接口令牌；令牌只在此显示一次。"""
    with_django(context)
    from wangge.identity import services
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM

    with scope.system():
        chosen = {} if days is None else {"days": days}
        raw = services.create_token(actor=SYSTEM, account_name=account, label=label, rate=rate, **chosen)
    click.echo(raw)


@main.group("audit-log")
def audit_log() -> None:
    """审计记录。"""


@audit_log.command("verify")
@click.pass_context
def audit_verify(context: click.Context) -> None:
    """逐条核对审计记录的封存链；被改动、删除或截去即返回 1。"""
    with_django(context)
    from wangge.kernel import audit

    intact, sentence = audit.verify()
    click.echo(sentence)
    if not intact:
        raise SystemExit(1)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def backup(context: click.Context, file: Path) -> None:
    """把数据库、附件和密钥备份到一个文件。服务不必停。"""
    with_django(context)
    from wangge.config import cli_backup

    click.echo(cli_backup.backup(file))


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.confirmation_option(prompt="恢复后，现有数据库改名保留，附件补齐。继续吗")
@click.pass_context
def restore(context: click.Context, file: Path) -> None:
    """从备份文件恢复。请先停止服务。"""
    with_django(context)
    from wangge.config import cli_backup

    click.echo(cli_backup.restore(file))


@main.command("django", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def django_command(context: click.Context, arguments: tuple[str, ...]) -> None:
    """执行 Django 管理命令，例如 wangge django showmigrations。"""
    keep_database(context)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["wangge django", *arguments])


cli_devices.register(main)
cli_import.register(main)
cli_keys.register(main)
cli_link.register(main)
cli_registry_export.register(main)


if __name__ == "__main__":
    main()
