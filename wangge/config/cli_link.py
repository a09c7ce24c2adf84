"""`wangge link run|review|undo` and `wangge exchange sources|ingest|models`: other systems' data from the command line."""

import json
from pathlib import Path
from typing import Any

import click

AS = click.option("--as", "login", required=True, help="经办人的账号：复核和撤销须记到人。")
JSON = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")


def _open(context: click.Context) -> None:
    from wangge.config.cli import with_django

    with_django(context)


def register(main: click.Group) -> None:
    """Hang the two groups on the program."""

    @main.group()
    @click.pass_context
    def link(context: click.Context) -> None:
        """把其他系统的数据与人员底数关联：比对、复核、撤销。"""
        _open(context)

    @link.command("run")
    @click.argument("source")
    @click.option(
        "--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True, help="在哪里比对。"
    )
    @click.option("--model", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="用这个模型文件。")
    @click.option("--train", is_flag=True, help="用本次数据重新训练模型。")
    @JSON
    def link_run(source: str, engine: str, model: Path | None, train: bool, as_json: bool) -> None:
        """比对一个数据源（SOURCE 为编码）；中断后再次执行即可，结果不会写两遍。"""
        _run(source, engine, model, train, as_json)

    @link.command("review")
    @click.argument("source")
    @click.option("--accept", type=int, help="复核为同一人：关联编号。")
    @click.option("--reject", type=int, help="复核为不是同一人：关联编号。")
    @click.option("--note", default="", help="依据。")
    @click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500), help="最多列出多少条。")
    @click.option("--as", "login", default="", help="经办人的账号；复核时必填。")
    @JSON
    def link_review(
        source: str, accept: int | None, reject: int | None, note: str, limit: int, login: str, as_json: bool
    ) -> None:
        """列出待复核的关联；加 --accept 或 --reject 记下复核结果。"""
        _review(source, accept, reject, note, limit, login, as_json)

    @link.command("undo")
    @click.argument("number", type=int)
    @click.option("--run", "whole", is_flag=True, help="NUMBER 为比对编号，撤销它自动得出的全部关联。")
    @click.option("--reason", required=True, help="撤销原因。")
    @AS
    def link_undo(number: int, whole: bool, reason: str, login: str) -> None:
        """撤销一条关联（NUMBER 为关联编号）或一次比对；人工复核过的保留。"""
        _undo(number, whole, reason, login)

    @main.group()
    @click.pass_context
    def exchange(context: click.Context) -> None:
        """其他系统的数据：数据源和归集。"""
        _open(context)

    @exchange.command("sources")
    @JSON
    def exchange_sources(as_json: bool) -> None:
        """列出数据源。"""
        _sources(as_json)

    @exchange.command("ingest")
    @click.argument("source")
    @click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--whole", is_flag=True, help="这是全量数据：文件中没有的行视为已撤销。")
    @JSON
    def exchange_ingest(source: str, file: Path | None, whole: bool, as_json: bool) -> None:
        """归集一个文件，或从登记的数据库表、接口取数；中断后再次执行会接着归集。有行未收时返回 1。"""
        _ingest(source, file, whole, as_json)


def _told(values: dict[str, Any], lines: list[str], as_json: bool) -> None:
    click.echo(json.dumps(values, ensure_ascii=False, indent=2, default=str) if as_json else "\n".join(lines))


def _source_id(code: str) -> int:
    from wangge.exchange import queries
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM

    with scope.system():
        return queries.source_by_code(SYSTEM, code).pk


def _person(login: str) -> Any:
    """The actor of an account at the first of its posts that may link; a sentence when there is none."""
    from wangge.identity import queries as identity
    from wangge.kernel import scope

    with scope.system():
        who = identity.account(login)
        actors = [identity.actor_for(who, post, "desk") for post in identity.posts_of(who)]
    found = next((a for a in actors if a.may("exchange.link")), None)
    if found is None:
        raise click.ClickException(f"账号“{login}”没有关联复核的岗位。请用数据管理员的账号。")
    return found


def _run(code: str, engine: Any, model: Path | None, train: bool, as_json: bool) -> None:
    from wangge.exchange import services
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM

    source_id = _source_id(code)
    with scope.system():
        asked = services.ask_run(actor=SYSTEM, source_id=source_id, on=engine)
    run = services.run_link(asked.pk, model_file=model, retrain=train)
    if run.state != "done":
        raise click.ClickException(run.problem)
    kept = services.model_path(run.model.digest) if run.model else None
    values = {"run": run.pk, "records": run.records, "people": run.people, "by_document": run.by_document, "by_probability": run.by_probability, "for_review": run.for_review, "alone": run.alone, "seconds": run.seconds, "engine": run.engine, "model": str(kept or "")}  # fmt: skip
    lines = [
        f"第 {run.pk} 次比对：{run.records} 行，{run.people} 人，用时 {run.seconds} 秒。",
        f"证件号码相同 {run.by_document}，概率关联 {run.by_probability}，待复核 {run.for_review}，未关联 {run.alone}。",
        f"模型：{kept or '未用到'}",
    ]
    _told(values, lines, as_json)


def _review(
    code: str, accept: int | None, reject: int | None, note: str, limit: int, login: str, as_json: bool
) -> None:
    from wangge.exchange import queries, services
    from wangge.exchange.queries import linking
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM

    if accept or reject:
        if not login:
            raise click.ClickException("复核须写明经办人的账号：--as。")
        who, number = _person(login), accept or reject or 0
        act = services.accept_link if accept else services.reject_link
        with scope.use(who):
            done = act(actor=who, link_id=number, seen_step=linking.step_of(who, number), note=note)
        click.echo(f"关联 {done.pk}：{done.get_state_display()}。")
        return
    source_id = _source_id(code)
    with scope.system():
        source = queries.source(SYSTEM, source_id)
        found = queries.review_list(SYSTEM, source).order_by("-weight", "pk")
        total = found.count()
        rows = [{"link": x.pk, "record": x.record_id, "person": x.person_id, "probability": x.probability, "why": linking.reason(x)} for x in found[:limit]]  # fmt: skip
    lines = [
        f"关联 {r['link']}\t源记录 {r['record']}\t人员 {r['person']}\t概率 {r['probability']:.4f}\t{r['why']}"
        for r in rows
    ]
    _told({"waiting": total, "links": rows}, [*lines, f"共 {total} 条待复核。"], as_json)


def _undo(number: int, whole: bool, reason: str, login: str) -> None:
    from wangge.exchange import services
    from wangge.kernel import scope

    who = _person(login)
    with scope.use(who):
        if whole:
            _, undone, kept = services.undo_run(actor=who, run_id=number, reason=reason)
            click.echo(f"第 {number} 次比对已撤销：撤销关联 {undone} 条，人工复核过的 {kept} 条保留。")
        else:
            services.undo_link(actor=who, link_id=number, reason=reason)
            click.echo(f"关联 {number} 已撤销。今后只提示复核，不再自动关联。")


def _sources(as_json: bool) -> None:
    from wangge.exchange import queries
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM

    with scope.system():
        rows = [{"code": s.code, "name": s.name, "kind": s.get_kind_display(), "state": s.get_state_display(), "score": getattr(s, "last_score", None)} for s in queries.with_score(queries.sources(SYSTEM)).order_by("code")]  # fmt: skip
    lines = ["\t".join(str(v if v is not None else "") for v in r.values()) for r in rows] or ["还没有数据源。"]
    _told({"sources": rows}, lines, as_json)


def _ingest(code: str, file: Path | None, whole: bool, as_json: bool) -> None:
    from wangge.exchange import services
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM

    source_id = _source_id(code)
    data = file.read_bytes() if file else b""
    with scope.system():
        begun = services.begin_intake(
            actor=SYSTEM, source_id=source_id, name=file.name if file else "", data=data, whole=whole
        )
    done = services.take_in(begun.pk)
    values = {"intake": done.pk, "state": done.state, "read": done.read, "added": done.added, "changed": done.changed, "same": done.same, "refused": done.refused_count, "score": done.score, "problem": done.problem}  # fmt: skip
    lines = [f"第 {done.pk} 批{done.get_state_display()}：读取 {done.read} 行，新增 {done.added}，更新 {done.changed}，未变 {done.same}，未收 {done.refused_count}，质量得分 {done.score}。", *([done.problem] if done.problem else [])]  # fmt: skip
    _told(values, lines, as_json)
    if done.state != "done" or done.refused_count:
        raise SystemExit(1)
