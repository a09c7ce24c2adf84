"""Writing a part of an import of people: the new ones by COPY, the known ones compared, nothing overwritten."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import polars as pl
from django.db import IntegrityError, transaction

from wangge.kernel import bulk, clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.sealed import Blinder, Sealer, versions
from wangge.registry.models import ImportBatch
from wangge.registry.queries.sealing import INDEX, PEOPLE
from wangge.registry.rules.import_people import ANY_PLACE
from wangge.registry.services.imports import noting, staging
from wangge.registry.services.sealing import blind_phone, seal_change, seal_core

TABLE = "registry_person"
PLAIN = (
    "name", "former_name", "sex", "birth_on", "ethnic", "native_place", "marriage", "politics", "education",
    "occupation_class", "occupation", "employer", "hukou_area", "hukou_address", "home_area", "home_address",
)  # fmt: skip
SEALED = ("phone", "religion")
_KINDS = {
    "id": "bigint", "place_code": "bigint", "id_type": "varchar", "id_index": "bytea", "phone_index": "bytea",
    "sealed": "bytea", "pinyin": "varchar", "birth_on": "date",
}  # fmt: skip
_OTHERS_HAVE_IT = "这个证件号码在您的管辖范围以外已有档案。确已迁入的，请在“调入申请”中办理。"
_NOT_ACTIVE = {
    "departed": "档案标为已迁离。确已迁回的，请打开档案恢复后再导入。",
    "deceased": "档案标为已故。请核对证件号码；档案有误的，请先在档案中更正。",
    "erased": "档案已依法销档，不能再导入。",
    "merged": "档案已并入另一份档案。请按合并后的档案核对。",
}


@dataclass(slots=True)
class Prepared:
    """A part whose values are blinded and sealed, each row under an id of its own. `text`: its rows as COPY reads them."""

    frame: pl.DataFrame
    ids: list[int]
    documents: list[bytes]
    older: list[list[bytes]]
    rows: pl.DataFrame
    text: str


@dataclass(slots=True)
class Outcome:
    """What became of a part. `people`: place in the sheet → id of the person, for what is written beside."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    made: list[int] = field(default_factory=list)
    verified: list[list[Any]] = field(default_factory=list)
    filled: list[list[Any]] = field(default_factory=list)
    people: dict[int, int] = field(default_factory=dict)
    differences: list[tuple[Any, ...]] = field(default_factory=list)

    def add(self, name: str, count: int = 1) -> None:
        if count:
            self.counts[name] = self.counts.get(name, 0) + count


class Preparer:
    """Blinds, seals and writes out; touches no database, so that it can run while the database writes the part before."""

    def __init__(self, mapped: Collection[str]) -> None:
        self.sealer, self.blinder = Sealer(PEOPLE), Blinder(INDEX)
        self.has_older_keys = len(versions(INDEX)) > 1
        # Birth and sex follow from the number where the sheet has no column of them.
        columns = [
            "id",
            "place_code",
            "id_type",
            "id_index",
            "phone_index",
            "sealed",
            "name",
            "pinyin",
            "sex",
            "birth_on",
        ]
        columns += [c for c in PLAIN if c in mapped and c not in columns]
        self.kinds = {c: _KINDS.get(c, "varchar") for c in columns}

    def __call__(self, frame: pl.DataFrame, ids: list[int], seal: bool) -> Prepared:
        blind, every = self.blinder.blind, self.blinder.every
        documents = frame["document"].to_list()
        phones = frame["phone"].to_list() if "phone" in frame.columns else [None] * len(ids)
        blinded = [blind(d) for d in documents]
        rows = frame.with_columns(
            pl.Series("id", ids),
            staging.hexed(blinded).alias("id_index"),
            staging.hexed([blind("phone:" + p) if p else None for p in phones]).alias("phone_index"),
            pl.col([c for c in self.kinds if c in PLAIN and c != "birth_on"]).fill_null(""),
        )
        older = [every(d)[1:] for d in documents] if self.has_older_keys else []
        text = staging.written(self.sealed(rows), self.kinds) if seal else ""
        return Prepared(frame, ids, blinded, older, rows, text)

    def sealed(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(staging.hexed(self.seal(rows, rows["id"].to_list())).alias("sealed"))

    def seal(self, frame: pl.DataFrame, ids: Sequence[int]) -> list[bytes | None]:
        """As `sealing.seal_core` does it; written out, because a third of a million rows wait for it."""
        seal = self.sealer.seal
        numbers = frame["id_number"].to_list()
        held = [frame[key].to_list() if key in frame.columns else [None] * len(ids) for key in SEALED]
        made: list[bytes | None] = []
        for at, (number, phone, religion) in enumerate(zip(numbers, *held, strict=True)):
            text = f'{{"id_number":"{number}"'
            if phone:
                text += f',"phone":"{phone}"'
            if religion:
                text += f',"religion":"{religion}"'
            made.append(seal(text + "}", f"person:{ids[at]}"))
        return made


class Writer:
    """Writes parts of one batch in the transactions (and the scope) of its caller; `write=False` rehearses."""

    def __init__(self, actor: Actor, batch: ImportBatch, prepare: Preparer, *, write: bool) -> None:
        self.actor, self.batch, self.prepare, self.write = actor, batch, prepare, write
        self.mark = f"{actor.name}（导入{batch.pk}）"[:100]
        self.cautious = False
        self.columns = [c for c in PLAIN if c in batch.mapping.values()]

    # ---- one part --------------------------------------------------------------------------------------------------

    def take(self, part: Prepared) -> Outcome:
        done = Outcome()
        frame = part.frame
        every = list(range(frame.height))
        known: dict[int, tuple[int, int, str]] = {}
        fresh = every if self._insert_all(part) else []
        if not fresh:
            known = self._known(part, every)
            fresh = [at for at in every if at not in known]
            if self.write:
                made = set(self._insert(part, fresh, skip_conflicts=True))
                if len(made) < len(fresh):  # somebody registered them while we looked
                    known |= self._known(part, [at for at in fresh if part.ids[at] not in made])
                    fresh = [at for at in fresh if part.ids[at] in made]
        if self.write:
            done.made = [part.ids[at] for at in fresh]
        places = frame["at"].to_list()
        done.people = {places[at]: part.ids[at] for at in fresh}
        done.add("added", len(fresh))
        self._sort_known(part, known, places, done)
        return done

    def _insert_all(self, part: Prepared) -> bool:
        """As long as every row so far was of somebody new, nobody is looked for: the database refuses whom it has."""
        if not self.write or self.cautious or part.older:
            return False
        try:
            with transaction.atomic():
                self._insert(part, range(part.frame.height))
        except IntegrityError:
            self.cautious = True
        return not self.cautious

    def _known(self, part: Prepared, rows: Sequence[int]) -> dict[int, tuple[int, int, str]]:
        """Which rows are of people on record: row → (id, place code, state), wherever they are registered."""
        if not len(rows):
            return {}
        at = list(rows)
        indexes = [part.documents[n] for n in rows]
        if part.older:
            at += [n for n in rows for _ in part.older[n]]
            indexes += [older for n in rows for older in part.older[n]]
        wanted = pl.DataFrame({"n": at, "id_index": staging.hexed(indexes)})
        with scope.system():
            staged = staging.copy_in("wanted", wanted, {"n": "integer", "id_index": "bytea"})
            found = staging.fetch_from(
                "select w.n, p.id, p.place_code, p.state from {} w join registry_person p on p.id_index = w.id_index",
                staged,
            )
        return {n: (pk, place, state) for n, pk, place, state in found}

    def _insert(self, part: Prepared, fresh: Sequence[int], *, skip_conflicts: bool = False) -> list[int]:
        if not fresh:
            return []
        whole = len(fresh) == part.rows.height
        rows: pl.DataFrame | str = part.text
        if not (whole and part.text):
            rows = self.prepare.sealed(part.rows if whole else part.rows[fresh])
        kinds, now = self.prepare.kinds, clock.now()
        constants: dict[str, Any] = dict.fromkeys([c for c in PLAIN if c not in kinds], "") | {
            "state": "active",
            "key_version": self.prepare.sealer.version,
            "source": self.batch.source,
            "verified_on": self.batch.as_of,
            "verified_by": self.mark,
            "proof": "{}",
            "step": 1,
            "created_at": now,
            "updated_at": now,
        }
        order = "id_index" if skip_conflicts else ""
        return staging.insert(TABLE, rows, kinds, constants, skip_conflicts=skip_conflicts, order=order)

    # ---- people on record --------------------------------------------------------------------------------------------

    def _sort_known(
        self, part: Prepared, known: Mapping[int, tuple[int, int, str]], places: Sequence[int], done: Outcome
    ) -> None:
        inside: dict[int, int] = {}
        for at, (pk, place, state) in known.items():
            if not self.actor.covers(place):
                done.faults[places[at]] = [("id_number", _OTHERS_HAVE_IT)]
                done.add("outside")
            elif state != "active":
                done.faults[places[at]] = [("id_number", _NOT_ACTIVE.get(state, "档案不在册，不能导入。"))]
            else:
                inside[at] = pk
        if not inside:
            return
        done.people |= {places[at]: pk for at, pk in inside.items()}
        held = self._held(sorted(inside.values()))
        decided = noting.decided(inside.values(), self.prepare.sealer)
        same: dict[tuple[str, ...], list[int]] = {}
        rows = part.frame[list(inside)].to_dicts()
        for at, row in zip(inside, rows, strict=True):
            person = held[inside[at]]
            fills, differs, agrees = self._compare(row, person)
            new = [f for f in differs if (person["id"], f, str(differs[f])) not in decided]
            done.add("differences", len(new))
            done.add("differing", bool(new))
            done.add("filled", bool(fills))
            done.add("same", not new and not fills)
            if self.write:
                for key in new:
                    done.differences.append(self._difference(row, person, key, differs[key]))
                if agrees:
                    same.setdefault(tuple(agrees), []).append(person["id"])
                    done.verified.append([person["id"], person["proof"]])
                if fills:
                    done.filled.append(self._fill(person, fills))
        if self.write:
            self._verify(same)
            noting.note(done.differences)

    def _held(self, ids: list[int]) -> dict[int, dict[str, Any]]:
        names = ["id", "place_code", "step", "sealed", "proof", "phone_index", *PLAIN]
        found = staging.fetch(
            f"select {', '.join(names)} from {TABLE} where id = any(%s) order by id"  # noqa: S608 (names of ours)
            + (" for update" if self.write else ""),
            [ids],
        )
        people = {row[0]: dict(zip(names, row, strict=True)) for row in found}
        for person in people.values():
            if person["sealed"]:
                text = self.prepare.sealer.unseal(person["sealed"], f"person:{person['id']}")
                person["opened"] = msgspec.json.decode(text, type=dict[str, str])
            else:
                person["opened"] = {}
            if isinstance(person["proof"], str):
                person["proof"] = json.loads(person["proof"])
        return people

    def _compare(
        self, row: Mapping[str, Any], person: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
        """(what fills an empty field, what differs, which fields agree)."""
        fills: dict[str, Any] = {}
        differs: dict[str, Any] = {}
        agrees: list[str] = []
        for key in (*self.columns, *SEALED):
            given = row.get(key)
            if given is None or given == "":
                continue
            held = person["opened"].get(key, "") if key in SEALED else person[key]
            if held == given:
                agrees.append(key)
            else:
                (differs if held else fills)[key] = given
        if not row[ANY_PLACE]:
            given, held = row["place_code"], person["place_code"]
            if held % 1000 == 0 and given - given % 1000 == held and given != held:
                fills["place_code"] = given
            elif given != held and not (given % 1000 == 0 and held - held % 1000 == given):
                differs["place_code"] = given
        return fills, differs, agrees

    def _difference(self, row: Mapping[str, Any], person: Mapping[str, Any], key: str, given: Any) -> tuple[Any, ...]:
        sealer = self.prepare.sealer if key in SEALED else None
        return noting.difference(self.batch.pk, row["_row"], key, str(given), person=person["id"], sealer=sealer)

    def _verify(self, same: Mapping[tuple[str, ...], list[int]]) -> None:
        """The fields that agree are confirmed as of the day of the data; what was confirmed later stays."""
        told = [self.batch.source, self.batch.as_of.isoformat(), self.mark]
        for keys, ids in same.items():
            staging.execute(
                f"update {TABLE} p set proof = p.proof || %s::jsonb || coalesce("  # noqa: S608 (names of ours)
                "(select jsonb_object_agg(key, value) from jsonb_each(p.proof) where value->>1 > %s), '{}')"
                " where id = any(%s) and (verified_on is null or verified_on <= %s)",
                [json.dumps(dict.fromkeys(keys, told), ensure_ascii=False), told[1], ids, self.batch.as_of],
            )

    def _fill(self, person: dict[str, Any], fills: Mapping[str, Any]) -> list[Any]:
        """Put values into empty fields, with their change on record."""
        pk, now = person["id"], clock.now()
        step = person["step"] + 1
        sets: dict[str, Any] = {k: v for k, v in fills.items() if k not in SEALED}
        opened = person["opened"] | {k: v for k, v in fills.items() if k in SEALED}
        if set(fills) & set(SEALED):
            sets["sealed"], sets["key_version"] = seal_core(pk, opened, self.prepare.sealer)
            if "phone" in fills:
                sets["phone_index"] = blind_phone(fills["phone"], self.prepare.blinder)
        told = [self.batch.source, self.batch.as_of.isoformat(), self.mark]
        proof = person["proof"] | dict.fromkeys(fills, told)
        assignments = ", ".join(f"{name} = %s" for name in sets)
        staging.execute(
            f"update {TABLE} set {assignments}{', ' if sets else ''}proof = %s::jsonb, step = %s, updated_at = %s"  # noqa: S608 (names of ours)
            " where id = %s",
            [*sets.values(), json.dumps(proof, ensure_ascii=False), step, now, pk],
        )
        changes = [
            (
                pk, key, "", "" if key in SEALED else str(value)[:200],
                seal_change(pk, key, "", str(value), self.prepare.sealer) if key in SEALED else None,
                self.batch.as_of, self.batch.source, self.mark, now, step,
            )
            for key, value in fills.items()
        ]  # fmt: skip
        bulk.insert(
            "registry_personchange",
            ("person_id", "field", "before", "after", "sealed", "from_on", "source", "by", "at", "step"),
            changes,
        )
        return [pk, step, sorted(fills)]
