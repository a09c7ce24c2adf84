"""`wangge keys`: a new key, everything sealed again under it, the old keys taken away."""

import click


@click.group()
def keys() -> None:
    """更换加密密钥：先 add，再 reseal，确认无误后 drop。"""


@keys.command()
@click.pass_context
def status(context: click.Context) -> None:
    """列出各用途的密钥和用它加密的内容。"""
    from wangge.config.cli import with_django

    with_django(context)
    from wangge.kernel import resealing, sealed

    for purpose in resealing.purposes():
        found = sealed.versions(purpose)
        old = f"，尚未停用第 {'、'.join(map(str, found[1:]))} 号" if found[1:] else ""
        click.echo(f"{purpose}：现用第 {found[0]} 号{old}；用于{'、'.join(resealing.tables(purpose))}。")


@keys.command()
@click.argument("purpose")
@click.pass_context
def add(context: click.Context, purpose: str) -> None:
    """增加一把新密钥，新写入的内容从此用它。"""
    from wangge.config.cli import with_django

    with_django(context)
    from wangge.kernel import resealing
    from wangge.kernel.actor import SYSTEM

    number = resealing.begin(actor=SYSTEM, purpose=purpose)
    click.echo(f"{purpose} 已有第 {number} 号密钥。请备份数据目录，再运行 wangge keys reseal {purpose}。")


@keys.command()
@click.argument("purpose")
@click.pass_context
def reseal(context: click.Context, purpose: str) -> None:
    """用最新的密钥重新加密；可中断，可重复。"""
    from wangge.config.cli import with_django

    with_django(context)
    from wangge.kernel import resealing
    from wangge.kernel.actor import SYSTEM

    done = resealing.reseal(
        actor=SYSTEM, purpose=purpose, tell=lambda table, count: click.echo(f"{table}：{count}", err=True)
    )
    click.echo(f"{purpose}：重新加密 {done} 条。确认系统正常后运行 wangge keys drop {purpose}。")


@keys.command()
@click.argument("purpose")
@click.pass_context
def drop(context: click.Context, purpose: str) -> None:
    """停用旧密钥；还有内容要用它时拒绝。"""
    from wangge.config.cli import with_django

    with_django(context)
    from wangge.kernel import resealing
    from wangge.kernel.actor import SYSTEM

    gone = resealing.drop(actor=SYSTEM, purpose=purpose)
    click.echo(
        f"{purpose}：已停用第 {'、'.join(map(str, gone))} 号密钥。" if gone else f"{purpose}：没有要停用的旧密钥。"
    )


def register(main: click.Group) -> None:
    main.add_command(keys)
