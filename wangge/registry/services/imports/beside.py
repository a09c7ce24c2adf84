"""What is written beside people in the same part: their household, home, role and care groups, when the rows say them."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import polars as pl

from wangge.kernel import bulk, clock
from wangge.kernel.actor import Actor
from wangge.kernel.sealed import Sealer
from wangge.registry.models import ROLE_TABLES, ImportBatch
from wangge.registry.queries.imports import HOUSEHOLD, RELATION
from wangge.registry.queries.sealing import PEOPLE, opened_details
from wangge.registry.rules import tables
from wangge.registry.rules.import_people import Judged
from wangge.registry.rules.import_sheets import ROW
from wangge.registry.services.imports import noting, staging
from wangge.registry.services.imports.people import Outcome
from wangge.registry.services.sealing import seal_details
from wangge.registry.terms import CARE, RESIDENCE, ROLES

HEADS = ("02", "01")
_NUMBERS = {"place_code": pl.Int64, "dwelling_id": pl.Int64, "area_m2": pl.String}
_DAYS = ("birth_on", "since")


def as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of a program in the form that a sheet has: texts, but for places, days and lists; details as JSON."""
    made: list[pl.Expr | pl.Series] = []
    for name, kind in frame.schema.items():
        column = pl.col(name)
        if name == ROW or (name in _DAYS and kind == pl.Date) or kind in (pl.List(pl.String), pl.List(pl.Null)):
            made.append(column)
        elif name in _NUMBERS:
            made.append(column.cast(_NUMBERS[name]))
        elif isinstance(kind, pl.Struct) or kind == pl.Object:
            values = [_written(v) for v in frame[name].to_list()]
            made.append(pl.Series(name, values, dtype=pl.String))
        else:
            made.append(column.cast(pl.String).str.strip_chars().replace("", None))
    return frame.with_columns(made)


def _written(details: Any) -> str | None:
    """Details as JSON. A frame gives every row the keys of all rows: those without a value were never said."""
    held = {k: v for k, v in (details or {}).items() if v is not None}
    return json.dumps(held, ensure_ascii=False, default=str) if held else None


def judge_details(judged: Judged, batch: ImportBatch, today: date) -> None:
    """Check the fields of roles; a row whose role cannot stand is refused as a whole. Leaves `role` and `role_details`."""
    frame = judged.frame
    given = [c for c in frame.columns if c.startswith("role.")]
    if batch.role in ROLES:
        frame = frame.with_columns(
            pl.lit(batch.role).alias("role"),
            pl.Series(
                "role_details", [_details(row) for row in frame.select(given).iter_rows(named=True)], dtype=pl.String
            )
            if given
            else pl.lit(None, dtype=pl.String).alias("role_details"),
        ).drop(given)
    if "role" not in frame.columns:
        judged.frame = frame
        return
    if "role_details" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias("role_details"))
    clean: list[str | None] = []
    known: dict[tuple[str, str], tuple[str, list[tuple[str, str]]]] = {}
    for at, role, text in frame.select("at", "role", "role_details").iter_rows():
        if role is not None and role not in ROLES:
            judged.faults.setdefault(at, []).append(("role", f"没有“{role}”这一类人员。可填：{'、'.join(ROLES)}。"))
        if not role or not text or role not in ROLES:
            clean.append(text)
            continue
        if (role, text) not in known:
            kept, faults = tables.validate(ROLES[role][1], json.loads(text), today, partial=True)
            known[role, text] = (json.dumps(kept, ensure_ascii=False), [(f"role.{k}", s) for k, _, s in faults])
        kept_text, found = known[role, text]
        if found:
            judged.faults.setdefault(at, []).extend(found)
        clean.append(kept_text)
    frame = frame.with_columns(pl.Series("role_details", clean, dtype=pl.String))
    judged.frame = frame.filter(~pl.col("at").is_in(sorted(judged.faults)))


def _details(row: dict[str, Any]) -> str | None:
    held = {key.removeprefix("role."): value for key, value in row.items() if value}
    return json.dumps(held, ensure_ascii=False) if held else None


def write(
    actor: Actor, batch: ImportBatch, frame: pl.DataFrame, outcome: Outcome, mark: str, *, rehearse: bool
) -> None:
    """Rows beside the people of a part, who are on record now. What they have already stays as it is; what a row says otherwise
    of their household, relation or role is noted as a difference. A rehearsal only counts the differences."""
    wanted = {"household", "dwelling_id", "role", "care"} & set(frame.columns)
    if not wanted or not outcome.people:
        return
    rows = [
        {**row, "person": outcome.people[row["at"]]}
        for row in frame.iter_rows(named=True)
        if outcome.people.get(row["at"])  # in a rehearsal who is new has no number
    ]
    one = _Beside(batch, outcome, mark, rows)
    if "household" in wanted:
        one.households(rehearse)
    if "role" in wanted:
        one.roles(rehearse)
    if not rehearse:
        if "dwelling_id" in wanted:
            one.residences(
                [
                    (r["person"], r["dwelling_id"], r["place_code"], _kind(r), r.get("since"))
                    for r in rows
                    if r["dwelling_id"]
                ]
            )
        if "care" in wanted:
            one.cares()
        noting.note(one.differences)


def _kind(row: dict[str, Any]) -> str:
    said = row.get("residence") or ("rent" if row.get("role") == "migrant" else "own")
    return said if said in RESIDENCE else "own"


class _Beside:
    def __init__(self, batch: ImportBatch, outcome: Outcome, mark: str, rows: Sequence[dict[str, Any]]) -> None:
        self.batch, self.outcome, self.mark, self.rows = batch, outcome, mark, rows
        self.made = set(outcome.made)
        self.now = clock.now()
        self.differences: list[tuple[Any, ...]] = []
        self._sealer = Sealer(PEOPLE)
        self._decided: set[tuple[int, str, str]] | None = None

    def _differs(self, row: dict[str, Any], field: str, given: str, count: str, *, sealed: bool = False) -> None:
        """Note what a row says of a person otherwise than the record, unless it was decided before."""
        if self._decided is None:
            self._decided = noting.decided({r["person"] for r in self.rows} - self.made, self._sealer)
        if (row["person"], field, given) not in self._decided:
            sealer = self._sealer if sealed else None
            one = noting.difference(self.batch.pk, row[ROW], field, given, person=row["person"], sealer=sealer)
            self.differences.append(one)
            self.outcome.add("differences")
            self.outcome.add(count)

    def _dated(self) -> dict[str, Any]:
        return {"ended_reason": "", "source": self.batch.source, "by": self.mark, "at": self.now}

    def _open(self, table: str, people: Iterable[int], extra: str = "", where: str = "") -> list[tuple[Any, ...]]:
        """Open episodes of people who were on record before; new ones have none."""
        before = sorted({p for p in people if p not in self.made})
        if not before:
            return []
        return staging.fetch(
            f"select person_id{extra} from {table} where person_id = any(%s) and until is null {where}",  # noqa: S608 (names of ours)
            [before],
        )

    def _since(self, given: date | None) -> date:
        return given or self.batch.as_of

    def households(self, rehearse: bool) -> None:
        rows = [r for r in self.rows if r["household"]]
        if not rows:
            return
        known = self._household_ids(rows)
        if not rehearse:
            new = [r for r in rows if (r["place_code"] // 10**9, r["household"]) not in known]
            self._make_households(new, known, rows)
        belongs = {
            person: (house, relation)
            for person, house, relation in self._open(
                "registry_householdmember", [r["person"] for r in rows], ", household_id, relation"
            )
        }
        members, heads = [], []
        for row in rows:
            house, person = known.get((row["place_code"] // 10**9, row["household"])), row["person"]
            held, relation = belongs.get(person, (None, ""))
            if (held is not None and held != house) or (house is None and not rehearse):
                self._differs(
                    row, HOUSEHOLD, f"{row['household']} {row['relation'] or ''}".strip(), "households_differ"
                )
            elif held is not None and row["relation"] and relation != row["relation"]:
                self._differs(row, RELATION, row["relation"], "households_differ")
            elif house is not None and held is None:
                belongs[person] = house, row["relation"]
                members.append((house, person, row["relation"], self._since(row.get("since"))))
                if row["relation"] in HEADS:
                    heads.append((person, house))
        if rehearse:
            return
        staging.insert(
            "registry_householdmember",
            pl.DataFrame(members, schema=["household_id", "person_id", "relation", "since"], orient="row"),
            {"household_id": "bigint", "person_id": "bigint", "relation": "varchar", "since": "date"},
            self._dated(),
        )
        staging.execute_many("update registry_household set head_id = %s where id = %s and head_id is null", heads)
        self.outcome.add("members", len(members))

    def _household_ids(self, rows: Sequence[dict[str, Any]]) -> dict[tuple[int, str], int]:
        numbers = sorted({r["household"] for r in rows})
        found = staging.fetch(
            "select place_code / 1000000000, number, id from registry_household where number = any(%s)", [numbers]
        )
        return {(district, number): pk for district, number, pk in found}

    def _make_households(
        self, rows: Sequence[dict[str, Any]], known: dict[tuple[int, str], int], every: Sequence[dict[str, Any]]
    ) -> None:
        first: dict[tuple[int, str], dict[str, Any]] = {}
        for row in rows:
            key = (row["place_code"] // 10**9, row["household"])
            if key not in first or (row["relation"] in HEADS and first[key]["relation"] not in HEADS):
                first[key] = row
        if not first:
            return
        made = [
            (r["household"], r["place_code"], r.get("dwelling_id"), r["person"] if r["relation"] in HEADS else None)
            for _, r in sorted(first.items())
        ]
        # A number that another part of the district holds outside this reach is passed over, and its members are counted.
        ids = staging.insert(
            "registry_household",
            pl.DataFrame(
                made,
                schema={"number": pl.String, "place_code": pl.Int64, "dwelling_id": pl.Int64, "head_id": pl.Int64},
                orient="row",
            ),
            {"number": "varchar", "place_code": "bigint", "dwelling_id": "bigint", "head_id": "bigint"},
            {"verified_on": self.batch.as_of, "verified_by": self.mark, "step": 1},
            skip_conflicts=True,
            order="number",
        )
        self.outcome.add("households", len(ids))
        known |= self._household_ids(every)

    def residences(self, wanted: Sequence[tuple[int, int, int, str, date | None]]) -> int:
        """(person, dwelling, place, kind, since): the main home of who has none yet."""
        housed = {p for (p,) in self._open("registry_residence", [w[0] for w in wanted], where="and is_main")}
        rows = [(p, d, place, kind, self._since(since)) for p, d, place, kind, since in wanted if p not in housed]
        staging.insert(
            "registry_residence",
            pl.DataFrame(rows, schema=["person_id", "dwelling_id", "place_code", "kind", "since"], orient="row"),
            {
                "person_id": "bigint", "dwelling_id": "bigint", "place_code": "bigint", "kind": "varchar", "since": "date",
            },
            {"is_main": True, **self._dated()},
        )  # fmt: skip
        self.outcome.add("settled", len(rows))
        return len(rows)

    def roles(self, rehearse: bool) -> None:
        for role, model in ROLE_TABLES.items():
            table = model._meta.db_table
            rows = [r for r in self.rows if r["role"] == role]
            sealed = {f.key for f in tables.table(ROLES[role][1]).extra if f.sealed}
            has = {p: (pk, held) for p, pk, held in self._open(table, [r["person"] for r in rows], ", id, details")}
            for row in rows:
                if row["person"] in has and row["role_details"]:
                    self._compare_role(role, row, *has[row["person"]], sealed)
            rows = [r for r in rows if r["person"] not in has]
            if rehearse or not rows:
                continue
            ids = bulk.new_ids(table, len(rows))
            made = [
                (pk, r["person"], self._details(role, pk, r["role_details"], sealed), self._since(r.get("since")))
                for pk, r in zip(ids, rows, strict=True)
            ]
            staging.insert(
                table,
                pl.DataFrame(made, schema=["id", "person_id", "details", "since"], orient="row"),
                {"id": "bigint", "person_id": "bigint", "details": "jsonb", "since": "date"},
                self._dated(),
            )
            self.outcome.add("roles", len(made))

    def _compare_role(self, role: str, row: dict[str, Any], pk: int, details: Any, sealed: set[str]) -> None:
        """Somebody is in the role already: every item that the row says otherwise is somebody's to decide."""
        kept = json.loads(details) if isinstance(details, str) else details
        held = opened_details(role, pk, kept, self._sealer)
        for key, given in json.loads(row["role_details"]).items():
            if held.get(key) != given:
                text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
                self._differs(row, f"{role}.{key}", text, "roles_differ", sealed=key in sealed)

    @staticmethod
    def _details(role: str, pk: int, text: str | None, sealed: set[str]) -> str:
        if not text:
            return "{}"
        held = json.loads(text)
        return text if not sealed & set(held) else json.dumps(seal_details(role, pk, held, sealed), ensure_ascii=False)

    def cares(self) -> None:
        wanted = [
            (r["person"], kind, self._since(r.get("since")))
            for r in self.rows
            for kind in r["care"] or ()
            if kind in CARE
        ]
        has = set(self._open("registry_care", [w[0] for w in wanted], ", kind"))
        rows = [w for w in wanted if (w[0], w[1]) not in has]
        staging.insert(
            "registry_care",
            pl.DataFrame(rows, schema=["person_id", "kind", "since"], orient="row"),
            {"person_id": "bigint", "kind": "varchar", "since": "date"},
            {"details": "{}", **self._dated()},
        )
        self.outcome.add("cares", len(rows))


def settle_many(batch: ImportBatch, outcome: Outcome, mark: str, wanted: Sequence[tuple[int, int, int, str]]) -> int:
    """Main homes for people of the batch: (person, dwelling, place, kind)."""
    return _Beside(batch, outcome, mark, ()).residences([(*w, None) for w in wanted])
