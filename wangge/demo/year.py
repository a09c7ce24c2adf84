"""The year 2022 of a district as rows for the import: what `spread` gives as numbers, told as stories."""

import random
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np

from wangge.demo import spread, story, texts
from wangge.demo.place import Place

YEAR = 2022
END = ((date(YEAR + 1, 1, 1) - date(1970, 1, 1)).days) * 86_400 - 8 * 3_600  # the last midnight, in China
SLICE = 5_000
DECLINED, VOIDED = 0.004, 0.0008
PHOTOS = 0.05
_LEVELS = spread.PATHS
_LATE_FIRST = END + 3 * 86_400 + 9 * 3_600  # the first working morning of January, when what was left open goes on


def slices(place: Place, total: int, closed: int, seed: int, pictures: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    """The year's rows, a few thousand at a time; a merged event comes with the one it follows."""
    made = spread.events(
        year=YEAR,
        total=total,
        closed=closed,
        cells=place.shapes,
        seed=seed,
        catalogue=place.catalogue,
    )
    home = np.where(made.original >= 0, made.original, np.arange(len(made)))
    told = 0
    for start in range(0, len(made), SLICE):
        picked = np.flatnonzero((home >= start) & (home < start + SLICE))
        rows = [_event(place, made, int(i), seed, pictures) for i in picked]
        told += len(rows)
        rng = random.Random(f"{seed}-{start}")
        for count, kind in ((DECLINED, "declined"), (VOIDED, "void")):
            for n in range(round(count * len(rows))):
                pick = int(picked[rng.randrange(len(picked))])
                rows.append(_refused(place, made, pick, kind, f"{seed}-{start}-{n}", rng))
        yield rows


def _event(place: Place, made: spread.Events, i: int, seed: int, pictures: Sequence[str]) -> dict[str, Any]:
    rng = random.Random(int(made.text[i]))
    state = spread.STATES[made.state[i]]
    plan = story.Plan(
        cell=place.cells[made.cell[i]],
        category=made.codes[made.category[i]],
        source=spread.SOURCES[made.source[i]],
        level=_LEVELS[made.path[i]],
        reported=float(made.reported_at[i]),
        grade=int(made.grade[i]),
        returned=int(made.returned[i]),
        extended=int(made.extended[i]),
        held=int(made.held[i]),
        reworked=int(made.reworked[i]),
        reopened=bool(made.reopened[i]),
        late=bool(made.late[i]),
        outcome=spread.OUTCOMES[made.outcome[i]] if made.outcome[i] >= 0 else "resolved",
        archived=True,
    )
    plan.checked = state == "checking" or (plan.source == "resident" and rng.random() < 0.35)
    name = f"{place.code}-{YEAR}-{seed}-{i}"
    if pictures and rng.random() < PHOTOS:
        plan.before, plan.after = (pictures[rng.randrange(len(pictures))],), (pictures[rng.randrange(len(pictures))],)
    if state == "merged":
        return _merged(place, made, i, plan, rng, name, seed)
    times = [
        float(made.accepted_at[i]), float(made.dispatched_at[i]), float(made.signed_at[i]),
        float(made.finished_at[i]), float(made.verified_at[i]), float(made.closed_at[i]),
    ]  # fmt: skip
    if state == "verified":
        # The count of what is done takes 待评价 in, so at the year's end this one still waits for its check.
        times[4] = -1.0
    if state != "closed":
        times = _later(times, rng)
        if state == "held":
            plan.resumed = times[3] - 3_600
    plan.accepted, plan.dispatched, plan.signed, plan.finished, plan.verified, plan.closed = times
    steps = story.Story(place, plan, rng).tell()
    return _row(place, made, i, plan, rng, name, steps)


def _row(
    place: Place,
    made: spread.Events,
    i: int,
    plan: story.Plan,
    rng: random.Random,
    name: str,
    steps: list[story.Step],
) -> dict[str, Any]:
    return story.row(
        place, plan, rng,
        name=name, lng=float(made.lng[i]), lat=float(made.lat[i]), seen=float(made.seen_at[i]), steps=steps,
    )  # fmt: skip


def _later(times: list[float], rng: random.Random) -> list[float]:
    """What had not happened at the year's end happens in January, one step after another."""
    at = _LATE_FIRST + rng.random() * 86_400
    done = []
    for time in times:
        if time < 0:
            time, at = at, at + 3_600 + rng.random() * 20 * 3_600
        done.append(time)
    return done


def _merged(
    place: Place, made: spread.Events, i: int, plan: story.Plan, rng: random.Random, name: str, seed: int
) -> dict[str, Any]:
    told = story.Story(place, plan, rng)
    told.step(plan.reported, "report", told._reporter(), files=list(plan.before))
    by = place.at(place.community(plan.cell), "community") if plan.source == "officer" else told.centre()
    original = story.identity(f"{place.code}-{YEAR}-{seed}-{int(made.original[i])}")
    told.step(float(made.accepted_at[i]), "merge", by, texts.reason("merge", rng), original=str(original))
    return _row(place, made, i, plan, rng, name, told.steps)


def _refused(place: Place, made: spread.Events, i: int, kind: str, name: str, rng: random.Random) -> dict[str, Any]:
    """A report beside the others that was not taken up, or was entered by mistake. Neither counts."""
    plan = story.Plan(
        cell=place.cells[made.cell[i]],
        category=made.codes[made.category[i]],
        source="resident",
        level="community",
        reported=float(made.reported_at[i]),
    )
    told = story.Story(place, plan, rng)
    told.step(plan.reported, "report", told._reporter())
    end = min(plan.reported + 5_400, END - 60.0)
    if kind == "declined":
        why = rng.choice(("not_duty", "litigation", "repeat", "untrue", "unclear"))
        told.step(end, "decline", told.centre(), texts.reason("decline", rng), reason=why)
    else:
        middle = (plan.reported + end) / 2
        told.step(middle, "ask_void", told.centre(), texts.reason("void", rng))
        told.step(end, "void", told.centre("supervisor"), texts.reason("void", rng))
    return _row(place, made, i, plan, rng, f"{place.code}-{YEAR}-{kind}-{name}", told.steps)
