"""关联比对: the rows of a source and the people of its place; what is sure is linked, what is doubtful goes to a person.

A run reckons outside any transaction and writes in one: killed half-way it leaves nothing but a run that the next one marks
as failed. A lock of a session of its own keeps two runs of a source apart and goes with the process that held it.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction

from wangge.exchange import queries
from wangge.exchange.linkage import engine, features, model
from wangge.exchange.models import Link, LinkModel, LinkRun, Record, Source
from wangge.exchange.rules import deciding
from wangge.kernel import audit, bulk, clock, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.errors import Refusal
from wangge.registry.queries import linking

LINK = "exchange.link"
RUN_LOCK, WRITE_LOCK = 7_262_041, 7_262_042
SMALLEST = 50
LOST_AFTER, KILLED = timedelta(minutes=20), "程序中断，结果没有写入。请重新比对。"
COLUMNS = (
    "record_id", "person_id", "run_id", "state", "how", "probability", "weight", "vector", "why", "rank", "note",
    "decided_name", "step", "at",
)  # fmt: skip


@transaction.atomic
def ask_run(*, actor: Actor, source_id: int, on: engine.Engine = "duckdb") -> LinkRun:
    """Queue a comparison of the source's unlinked rows; `run_link` carries it out. One that waits already is given again."""
    actor.must(LINK)
    source = queries.source(actor, source_id)
    if "name" not in {f["means"] for f in source.fields}:
        raise Refusal("no_person", "这个数据源的字段中没有姓名，不能与人员关联。请先登记字段的含义。", status=409)
    if on == "spark" and (sentence := engine.spark_is_here()):
        raise Refusal("no_spark", sentence, field="engine", value=on)
    waiting = LinkRun.objects.filter(source=source, state="queued").order_by("pk").first()
    if waiting is not None:
        return waiting
    made = LinkRun.objects.create(
        source=source,
        place_code=source.place_code,
        group=source.group,
        engine=on,
        limits={"auto": source.auto, "review": source.review, "clear": source.clear},
        by=actor.name,
        asked_by=actor.id,
        started_at=clock.now(),
    )
    audit.record(actor, "exchange.run_asked", "link_run", made.pk, source=source.code, engine=on)
    return made


def run_link(run_id: int, *, model_file: Path | None = None, retrain: bool = False) -> LinkRun:
    """Carry out a queued run. Runs in a job or a command, never inside a request's transaction."""
    with scope.system():
        run = queries.run(SYSTEM, run_id)
    with _alone(run.source_id) as mine:
        if not mine:
            raise Refusal("busy", "这个数据源正在比对。请等它结束后再试。", status=409)
        began = time.monotonic()
        with scope.system():
            if not start_run(actor=SYSTEM, run_id=run_id):
                return queries.run(SYSTEM, run_id)
        try:
            with scope.system():
                left, right = _sides(run.source)
            trained = _model(run, left, right, model_file, retrain)
            found = engine.link(trained.weights, left, right, run.engine, floor=deciding.FLOOR)  # type: ignore[arg-type]
            with scope.system():
                sizes = (len(left["unique_id"]), len(right["unique_id"]))
                return write_run(
                    actor=SYSTEM,
                    run_id=run_id,
                    model_id=trained.pk,
                    decided=_decided(run, left, right, found),
                    sizes=sizes,
                    seconds=time.monotonic() - began,
                )
        except Refusal as refusal:
            with scope.system():
                return fail_run(actor=SYSTEM, run_id=run_id, problem=refusal.sentence)
        except Exception:
            with scope.system():
                fail_run(
                    actor=SYSTEM,
                    run_id=run_id,
                    problem="比对程序出错，结果没有写入。请重试；反复出错时告知系统管理员。",
                )
            raise


@transaction.atomic
def start_run(*, actor: Actor, run_id: int) -> bool:
    """Mark a queued run as running, and what a kill left running as failed. The caller holds the source's run lock."""
    actor.must(LINK)
    run = LinkRun.objects.select_for_update().get(pk=run_id)
    dead = LinkRun.objects.filter(source=run.source_id, state="running").exclude(pk=run_id)
    dead.update(state="failed", problem=KILLED, finished_at=clock.now())
    if run.state not in ("queued", "running"):
        return False
    run.state, run.started_at = "running", clock.now()
    run.save(update_fields=["state", "started_at"])
    audit.record(actor, "exchange.run_started", "link_run", run_id)
    return True


@transaction.atomic
def write_run(
    *,
    actor: Actor,
    run_id: int,
    model_id: int,
    decided: list[deciding.Decision],
    sizes: tuple[int, int],
    seconds: float,
) -> LinkRun:
    """Write what a run decided, once: earlier proposals give way, links that people made meanwhile stay."""
    actor.must(LINK)
    run = LinkRun.objects.select_for_update().get(pk=run_id)
    if run.state != "running":
        raise Refusal("not_running", "这次比对已经结束，结果没有再写一遍。", status=409)
    with connection.cursor() as cursor:  # reviewers hold it shared while they decide
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [WRITE_LOCK, run.source_id])
    mine = Link.objects.filter(record__source=run.source_id)
    taken = set(mine.filter(state="linked").values_list("record", flat=True))
    settled = _settled(run.source_id, "rejected", "undone")
    now = clock.now()
    mine.filter(state="proposed").update(
        state="passed", decided_name="重新比对", decided_at=now, note="已由新的比对代替"
    )
    current = set(Record.objects.filter(source=run.source_id, state="current").values_list("pk", flat=True))
    live = [d for d in decided if d.record in current and d.record not in taken]
    counts = {"document": 0, "probability": 0, "review": 0}
    rows = []
    for one in live:
        if one.outcome == "none" or any(
            (one.record, c.person) in settled and one.outcome == "auto" for c in one.people
        ):
            continue
        counts["review" if one.outcome == "review" else one.people[0].how] += 1
        for rank, c in enumerate(one.people, 1):
            state = "linked" if one.outcome == "auto" else "proposed"
            vector = msgspec.json.encode(list(c.vector)).decode()
            rows.append((one.record, c.person, run.pk, state, c.how, c.probability, c.weight, vector, c.why, rank, "", "", 1, now))  # fmt: skip
    bulk.insert("exchange_link", COLUMNS, rows)
    run.model_id, run.records, run.people = model_id, *sizes
    run.by_document, run.by_probability, run.for_review = counts["document"], counts["probability"], counts["review"]
    run.alone = sizes[0] - sum(counts.values())
    run.state, run.seconds, run.finished_at = "done", round(seconds, 2), now
    run.save()
    audit.record(actor, "exchange.run_done", "link_run", run.pk, source=run.source_id, **counts, alone=run.alone)
    return run


@transaction.atomic
def fail_run(*, actor: Actor, run_id: int, problem: str) -> LinkRun:
    actor.must(LINK)
    run = LinkRun.objects.select_for_update().get(pk=run_id)
    run.state, run.problem, run.finished_at = "failed", problem[:300], clock.now()
    run.save(update_fields=["state", "problem", "finished_at"])
    audit.record(actor, "exchange.run_failed", "link_run", run_id)
    return run


def close_lost_runs() -> int:
    """Runs that are on record as running although nobody holds their source's lock were killed: say so; how many.

    A job that was killed is started again by itself; this is for runs from the command line.
    """
    closed = 0
    with scope.system():
        old = clock.now() - LOST_AFTER
        lost = list(LinkRun.objects.filter(state="running", started_at__lt=old).values_list("pk", "source"))
    for run_id, source_id in lost:
        with _alone(source_id) as mine, scope.system():
            if mine and queries.run(SYSTEM, run_id).state == "running":
                fail_run(actor=SYSTEM, run_id=run_id, problem=KILLED)
                closed += 1
    return closed


@transaction.atomic
def keep_model(
    *, actor: Actor, weights: Mapping[str, Any], trained: Mapping[str, Any], source_id: int | None = None
) -> LinkModel:
    """Keep a trained model as a row and as the file `linkage/<digest>.json` of the data folder; the same one is kept once."""
    actor.must(LINK)
    digest = model.digest(dict(weights))
    model.write(dict(weights), model_path(digest))
    known = LinkModel.objects.filter(digest=digest).first()
    if known is not None:
        return known
    made = LinkModel.objects.create(
        source_id=source_id,
        digest=digest,
        weights=dict(weights),
        trained=dict(trained),
        by=actor.name,
        at=clock.now(),
    )
    audit.record(actor, "exchange.model_kept", "link_model", digest[:16], **{"method": str(trained.get("method", ""))})
    return made


def model_path(digest: str) -> Path:
    return Path(settings.DATA) / "linkage" / f"{digest}.json"


# ---- parts ---------------------------------------------------------------------------------------------------------


@contextmanager
def _alone(source_id: int) -> Iterator[bool]:
    """A session of its own holds the lock, so that a kill frees it; False when another run of the source holds it."""
    guard = connection.copy()
    guard.settings_dict["OPTIONS"] = {k: v for k, v in guard.settings_dict["OPTIONS"].items() if k != "pool"}
    try:
        with guard.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s, %s)", [RUN_LOCK, source_id])
            yield bool(cursor.fetchone()[0])
    finally:
        guard.close()


Columns = dict[str, list[Any]]


def _sides(source: Source) -> tuple[Columns, Columns]:
    left = features.columns(queries.sides_of(SYSTEM, source))
    size = next(u for u in (10**9, 10**6, 10**3, 1) if source.place_code % u == 0)
    people = linking.linkable(SYSTEM, source.place_code, source.place_code + size - 1)
    token = _token
    right = features.columns(
        features.Side(p.person_id, token(p.id_index), p.name, p.birth_on, p.sex, token(p.phone_index), p.address)
        for p in people
    )
    return left, right


def _token(index: bytes | None) -> str | None:
    return bytes(index).hex() if index else None


def _model(run: LinkRun, left: Columns, right: Columns, file: Path | None, retrain: bool) -> LinkModel:
    """The model of the file, the newest kept one, or one trained now (on rows enough to learn from, else the shipped one)."""
    with scope.system():
        if file is not None:
            return keep_model(actor=SYSTEM, weights=read_model(file), trained={"method": "file"})
        known = queries.latest_model(SYSTEM, run.source)
    if known is not None and not retrain:
        return known
    enough = min(len(left["unique_id"]), len(right["unique_id"])) >= SMALLEST
    learnt = engine.train(left, right) if enough else None
    weights, trained = learnt or (model.shipped(), {"method": "shipped"})
    with scope.system():
        return keep_model(actor=SYSTEM, weights=weights, trained=trained, source_id=run.source_id if learnt else None)


def read_model(file: Path) -> dict[str, Any]:
    """A model from its file; `Refusal` for a file that is none."""
    try:
        read = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
        names = [c["output_column_name"] for c in read["comparisons"]]
    except (OSError, msgspec.DecodeError, msgspec.ValidationError, KeyError, TypeError):
        names, read = [], {}
    if tuple(names) != engine.COMPARISONS:
        raise Refusal(
            "bad_model", f"文件“{file.name}”不是本系统的关联模型。请选择训练后保存的模型文件。", field="model"
        )
    return read


def _decided(run: LinkRun, left: Columns, right: Columns, found: engine.Found) -> list[deciding.Decision]:
    limits = deciding.Limits(**run.limits)
    strangers = _strangers(left, right, found.by_document)
    return deciding.decide(
        found.by_document,
        found.pairs,
        deciding.documents(left, right),
        limits,
        undone=_settled(run.source_id, "undone"),
        rejected=_settled(run.source_id, "rejected"),
        strangers=strangers,
    )


def _settled(source_id: int, *states: str) -> set[tuple[int, int]]:
    """(record, person) that people decided about; of a merged record it holds for the one it was merged into, too."""
    pairs = set(Link.objects.filter(record__source=source_id, state__in=states).values_list("record", "person"))
    stands = linking.kept_ids({person for _, person in pairs})
    return pairs | {(record, stands[person]) for record, person in pairs}


def _strangers(left: Columns, right: Columns, same: Mapping[int, list[int]]) -> set[tuple[int, int]]:
    """Pairs with one document of which neither name nor birth agree: one of the two was written down wrongly."""
    about = [
        dict(zip(side["unique_id"], zip(side["name_py"], side["birth"], strict=True), strict=True))
        for side in (left, right)
    ]
    ours, theirs = about
    return {
        (r, p)
        for r, people in same.items()
        for p in people
        if all(a is not None and b is not None and a != b for a, b in zip(ours[r], theirs[p], strict=True))
    }
