"""A district's history from another system: every case walked again through the table of moves, then written in bulk.

No state is reachable only by import: a step that the table does not know, or that its rules refuse, is a fault that names
the row, the field and the value; a file with a fault is not imported at all. A case is known by its `client_id`: importing
the same file again writes nothing twice.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from wangge.casework import queries, replay, terms, told, walk
from wangge.casework.models import Case
from wangge.casework.services import legacy_rows
from wangge.identity import queries as identity
from wangge.kernel import audit, bulk, clock, files, numbering, scope
from wangge.kernel.actor import SYSTEM, Actor
from wangge.kernel.calendars import current_calendar
from wangge.kernel.errors import Refusal
from wangge.territory import queries as territory

RIGHT = "cases.import"  # held by no role: whoever runs the command line is the operator
CHUNK = 2_000
MOST_FAULTS = 1_000
Row = Mapping[str, Any]

_PLAIN = ("category", "source", "urgency", "text")
_ROW = {
    "client_id", "kind", "category", "source", "urgency", "place", "lng", "lat", "datum", "text", "title", "seen_at",
    "reporter", "is_secret", "query_code", "former_number", "steps",
}  # fmt: skip
_STEP = {"at", "command", "account", "name", "post", "office", "text", "reason", "files", "public"}
_GIVEN = {
    "department", "supports", "suggested", "proposed", "original", "until", "amount", "grade", "category", "urgency",
    "outcome", "channel",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: the row of the file (from 1), the step in it (0: the case itself), field, value, sentence."""

    row: int
    step: int
    field: str
    value: str
    sentence: str


@dataclass(slots=True)
class Imported:
    """What an import did (or, in a dry run or with faults, would have done)."""

    source: str
    digest: str = ""
    cases: int = 0
    steps: int = 0
    known: int = 0
    faults: list[Fault] = field(default_factory=list)
    written: bool = False

    @property
    def ok(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class History:
    """What the room that owns a kind of case adds to its history.

    `first_level(source)`: the kind of grid office a report goes to first. `check(case)`: what that room refuses in a case
    (an unknown category). `detail(cases)`: writes the room's own rows beside `(id, case, row)`.
    """

    first_level: Callable[[str], str]
    check: Callable[[told.Case], Refusal | None]
    detail: Callable[[Sequence[tuple[int, told.Case, Row]]], None]


_histories: dict[str, History] = {}


def register_history(kind: str, history: History) -> None:
    """Called once by the room that owns the kind."""
    _histories[kind] = history


class _Undo(Exception):
    """Leaves the transaction without a trace."""


def import_cases(
    *,
    actor: Actor,
    rows: Iterable[Row],
    source_name: str,
    kind: str = "event",
    dry_run: bool = False,
    is_legacy: bool = True,
) -> Imported:
    """Import the rows, all or none. `rows` is gone through twice, so a list or an object that can be iterated again.

    A row has `client_id`, `category`, `source`, `place` (15-digit cell, or found from the point), `lng`, `lat` (degrees
    of `datum`, default cgcs2000), `text`, `seen_at` and `steps`; further `title`, `urgency`, `reporter` (a login),
    `is_secret`, `former_number`. A step has `at`, `command`, who (`account`, or `name` with `post` and `office`), `text`,
    `reason`, `files`, `public` and the command's inputs under their names; `original` is the other row's `client_id`.
    Look at `faults` of the result: with any, nothing was written.
    """
    actor.must(RIGHT)
    done = Imported(source_name)
    if kind not in _histories:
        raise Refusal("unknown_kind", f"不支持导入“{kind}”类的件。", field="kind", value=kind)
    with scope.system():
        ground = _Import(kind, done, rows)
    try:
        with scope.system():
            for chunk in _chunks(enumerate(rows, 1)):
                ground.take(actor, chunk, write=not dry_run, is_legacy=is_legacy)
                if len(done.faults) >= MOST_FAULTS:
                    break
            if done.faults or dry_run:
                raise _Undo
            done.written = True
            if done.cases > CHUNK // 4:
                bulk.analyze("casework_case", "casework_step", "casework_clock", "casework_assignment")
    except _Undo:
        pass
    return done


def _chunks(rows: Iterable[tuple[int, Row]]) -> Iterator[list[tuple[int, Row]]]:
    told_rows = iter(rows)
    while chunk := list(islice(told_rows, CHUNK)):
        yield chunk


class _Import:
    """What one import knows: offices, people, cells, and the merges of the whole file."""

    def __init__(self, kind: str, done: Imported, rows: Iterable[Row]) -> None:
        self.kind, self.done, self.history = kind, done, _histories[kind]
        self.process = queries.PROCESSES[kind]
        office = identity.find_departments(SYSTEM)
        self.offices = told.Offices(
            told.Office(d.pk, d.code, d.name, d.short, str(d.kind), d.place_code) for d in office
        )
        self.accounts = {
            name: (pk, full) for name, pk, full in identity.find_accounts(SYSTEM).values_list("name", "pk", "full_name")
        }
        self.cells = set(territory.cells(retired=True).values_list("code", flat=True))
        self.joined: dict[UUID, list[told.Step]] = {}
        self.originals: dict[UUID, UUID] = {}
        self.behind: dict[UUID, int] = {}
        self.ids: dict[UUID, int] = {}
        self.numbers: dict[UUID, str] = {}
        self.secret: dict[UUID, bool] = {}
        self.known: set[UUID] = set()
        self.series: dict[str, Iterator[int]] = {}
        self._look_through(rows)
        self.ground = walk.Ground(
            self.process,
            walk.Deadlines(current_calendar()),
            self.offices,
            self.history.first_level,
            clock.now(),
            self.numbers,
            self.secret,
        )

    # ---- the first time through ------------------------------------------------------------------------------------

    def _look_through(self, rows: Iterable[Row]) -> None:
        """Digest, duplicates, what is here already, who is merged into whom, and how many numbers each series gives."""
        digest, seen, counts, wanted = hashlib.sha256(), set[UUID](), dict[str, int](), set[UUID]()
        order: list[tuple[UUID, str]] = []
        for number, row in enumerate(rows, 1):
            digest.update(msgspec.json.encode(row, order="sorted"))
            try:
                key = _uuid(row.get("client_id"))
                series = self._series(row)
            except Refusal:
                continue  # the second time through says what is wrong with it
            if key in seen:
                self._fault(number, 0, Refusal("twice", "同一编号在文件中出现了两次。", field="client_id", value=key))
            seen.add(key)
            order.append((key, series))
            for step in row.get("steps") or ():
                if step.get("command") == "merge" and step.get("original"):
                    wanted |= {key, _uuid(step["original"])}
        self.done.digest = digest.hexdigest()
        keys = [k for k, _ in order]
        for at in range(0, len(keys), 10_000):
            here = Case.objects.filter(client_id__in=keys[at : at + 10_000]).values_list("client_id", flat=True)
            self.known |= {key for key in here if key is not None}
        for key, series in order:
            if key not in self.known:
                counts[series] = counts.get(series, 0) + 1
        self.series = {name: iter(numbering.reserve(name, count)) for name, count in sorted(counts.items())}
        self._merges(rows, wanted - self.known)

    def _merges(self, rows: Iterable[Row], wanted: set[UUID]) -> None:
        """Numbers and ids of all that a merge names, and what their originals will have to note."""
        if not wanted:
            return
        for row in rows:
            try:
                key = _uuid(row.get("client_id"))
                if key not in wanted or key in self.numbers:
                    continue
                self.numbers[key] = self._number(row)
                self.secret[key] = bool(row.get("is_secret"))
            except Refusal:
                continue
        self.ids = dict(zip(self.numbers, bulk.new_ids("casework_case", len(self.numbers)), strict=True))
        for number, row in enumerate(rows, 1):
            try:
                key = _uuid(row.get("client_id"))
                if key in self.numbers:
                    self._joins(key, row)
            except Refusal as refusal:
                self._fault(number, 0, refusal)
        for original in self.originals.values():
            while original in self.originals:  # who follows a merged case follows its original
                original = self.originals[original]
            self.behind[original] = self.behind.get(original, 0) + 1

    def _joins(self, key: UUID, row: Row) -> None:
        into: UUID | None = None
        for step in row.get("steps") or ():
            if step.get("command") == "merge" and step.get("original"):
                into = _uuid(step["original"])
                noted = self._step({**step, "text": "", "reason": "", "files": (), "original": None})
                noted.command, noted.given = replay.JOINED, {"number": self.numbers[key]}
                self.joined.setdefault(into, []).append(noted)
                self.originals[key] = into
            elif step.get("command") == "split" and into is not None:
                left = self._step(step)
                left.command, left.given = replay.LEFT, {"number": self.numbers[key]}
                self.joined.setdefault(into, []).append(left)
                self.originals.pop(key, None)

    # ---- numbers ---------------------------------------------------------------------------------------------------

    def _series(self, row: Row) -> str:
        place, first = self._place(row), (row.get("steps") or [{}])[0]
        year = clock.local(_moment(first.get("at"), "at")).year
        return f"{self.process.prefix.lower()}_{place // 10**9}_{year}"

    def _number(self, row: Row) -> str:
        series = self._series(row)
        _, district, year = series.split("_")
        return f"{self.process.prefix}{district}-{year}-{next(self.series[series]):07d}"

    # ---- the second time -------------------------------------------------------------------------------------------

    def take(self, actor: Actor, chunk: list[tuple[int, Row]], *, write: bool, is_legacy: bool) -> None:
        made: list[tuple[told.Case, Row]] = []
        absent = set(
            files.missing([h for _, row in chunk for s in row.get("steps") or () for h in s.get("files") or ()])
        )
        for number, row in chunk:
            if len(self.done.faults) >= MOST_FAULTS:
                return
            try:
                case = self._case(row)
                if case.client_id in self.known:
                    self.done.known += 1
                    continue
                steps = [self._step(step, at) for at, step in enumerate(row.get("steps") or (), 1)]
                for at, step in enumerate(steps, 1):
                    if lost := [h for h in step.files if h in absent]:
                        raise _at(at, Refusal("unknown_file", "文件尚未上传。", field="files", value=lost[0]))
                if row.get("former_number") and steps:
                    steps[0].data["former_number"] = str(row["former_number"])
                if case.client_id in self.joined:
                    steps = sorted([*steps, *self.joined[case.client_id]], key=lambda s: s.at)
                replay.replay(self.ground, case, steps)
                case.supporters = self.behind.get(case.client_id, 0)
                made.append((case, row))
            except replay.BadStep as refusal:
                self._fault(number, refusal.at, refusal)
            except Refusal as refusal:
                self._fault(number, int(refusal.data.get("step", 0)), refusal)
        self.done.cases += len(made)
        self.done.steps += sum(len(c.steps) for c, _ in made)
        if not made or not write or self.done.faults:
            return
        for case, row in made:
            case.number = self.numbers.get(case.client_id) or self._number(row)
        own = legacy_rows.write(self.kind, [c for c, _ in made], self.ids, self.originals, is_legacy)
        self.history.detail([(i, case, row) for i, (case, row) in zip(own, made, strict=True)])
        audit.record(
            actor,
            "casework.imported",
            self.kind,
            self.done.source[:80],
            digest=self.done.digest,
            cases=len(made),
            steps=sum(len(c.steps) for c, _ in made),
            first=made[0][0].number,
            last=made[-1][0].number,
        )

    def _case(self, row: Row) -> told.Case:
        if unknown := set(row) - _ROW:
            name = sorted(unknown)[0]
            raise Refusal("unknown_field", f"没有“{name}”这一项。", field=name, value=row[name])
        for name in _PLAIN:
            if not isinstance(row.get(name, ""), str):
                raise Refusal("bad_value", f"“{name}”须为文字。", field=name, value=row[name])
        text = str(row.get("text") or "").strip()
        if not text:
            raise Refusal("missing_input", "请填写情况说明。", field="text")
        for name, known in (("source", terms.SOURCES), ("urgency", terms.URGENCIES)):
            if row.get(name, "normal" if name == "urgency" else None) not in known:
                listed = "、".join(known)
                raise Refusal("bad_choice", f"{name} 须为下列之一：{listed}。", field=name, value=row.get(name))
        place = self._place(row)
        lng, lat = self._point(row)
        case = told.Case(
            client_id=_uuid(row.get("client_id")),
            category=str(row.get("category") or ""),
            source=row["source"],
            urgency=row.get("urgency", "normal"),
            place_code=place,
            lng=lng,
            lat=lat,
            text=text,
            title=(str(row.get("title") or "").strip() or text[:30])[:60],
            seen_at=_moment(row.get("seen_at"), "seen_at"),
            reporter_id=self._account(row["reporter"], "reporter")[0] if row.get("reporter") else None,
            is_secret=bool(row.get("is_secret", False)),
            query_code=str(row.get("query_code") or ""),
        )
        if (first := (row.get("steps") or [{}])[0]).get("at"):
            case.received_at = _moment(first["at"], "at")
            if refusal := self.history.check(case):
                raise refusal
        return case

    def _place(self, row: Row) -> int:
        raw = row.get("place")
        if raw in (None, ""):
            lng, lat = self._point(row)
            found = territory.cell_at(lng, lat)
            if found.cell_code is None:
                raise Refusal("outside", "这个位置不在任何网格内。", field="lng", value=[lng, lat])
            return int(found.cell_code)
        place = int(raw) if isinstance(raw, int) or str(raw).isdigit() else 0
        if place not in self.cells:
            raise Refusal("unknown_place", f"没有网格“{raw}”。请先装入网格。", field="place", value=raw)
        return place

    def _point(self, row: Row) -> tuple[float, float]:
        for name, most in (("lng", 180), ("lat", 90)):
            value = row.get(name)
            if not isinstance(value, int | float) or not -most <= value <= most:
                raise Refusal("bad_point", f"{name} 须为度数。", field=name, value=value)
        datum = row.get("datum") or "cgcs2000"
        return territory.convert(float(row["lng"]), float(row["lat"]), datum)

    def _account(self, name: Any, field_name: str = "account") -> tuple[int, str]:
        found = self.accounts.get(str(name))
        if found is None:
            raise Refusal("unknown_account", f"没有账号“{name}”。", field=field_name, value=name)
        return found

    def _step(self, row: Row, at: int = 0) -> told.Step:
        try:
            return self._read_step(row)
        except Refusal as refusal:
            raise _at(at, refusal) from None

    def _read_step(self, row: Row) -> told.Step:
        given = {k: v for k, v in row.items() if k not in _STEP and v is not None}
        if unknown := set(given) - _GIVEN:
            name = sorted(unknown)[0]
            raise Refusal("unknown_field", f"步骤没有“{name}”这一项。", field=name, value=row[name])
        command = str(row.get("command") or "")
        if command not in terms.COMMANDS:
            raise Refusal("unknown_command", f"没有“{command}”这一步。", field="command", value=command)
        if "original" in given:
            given["original"] = _uuid(given["original"], "original")
        system = command in ("default_rating", "archive") and not (row.get("account") or row.get("name"))
        account_id, name = 0, "系统" if system else str(row.get("name") or "").strip()
        if row.get("account"):
            account_id, name = self._account(row["account"])
        if not name:
            raise Refusal("missing_input", "请写明由谁办理（account 或 name）。", field="name")
        office = self.offices.named(row["office"], "office").id if row.get("office") else None
        return told.Step(
            at=_moment(row.get("at"), "at"),
            command=command,
            actor_id=account_id,
            actor_name=name[:100],
            post_name=str(row.get("post") or "")[:100],
            department_id=office,
            text=str(row.get("text") or ""),
            reason=str(row.get("reason") or "")[:40],
            files=tuple(row.get("files") or ()),
            is_public=bool(row.get("public", False)),
            is_system=system,
            given=given,
        )

    def _fault(self, row: int, step: int, refusal: Refusal) -> None:
        value = "" if refusal.value is None else str(refusal.value)
        self.done.faults.append(Fault(row, step, refusal.field or "", value, refusal.sentence))


def _at(step: int, refusal: Refusal) -> Refusal:
    refusal.data["step"] = step
    return refusal


def _uuid(raw: Any, name: str = "client_id") -> UUID:
    if isinstance(raw, UUID):
        return raw
    try:
        return UUID(str(raw))
    except ValueError:
        raise Refusal("bad_id", f"“{raw}”不是 UUID。", field=name, value=raw) from None


def _moment(raw: Any, name: str) -> datetime:
    if isinstance(raw, datetime):
        found = raw
    else:
        try:
            found = datetime.fromisoformat(str(raw))
        except ValueError:
            raise Refusal("bad_time", f"“{raw}”不是时间。", field=name, value=raw) from None
    if found.tzinfo is None:
        raise Refusal("no_zone", f"时间“{raw}”须带时区，例如 2022-01-31T08:30:00+08:00。", field=name, value=str(raw))
    return found
