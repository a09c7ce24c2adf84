"""抽查核实: how many of each stratum, who, and what the results say about the whole register.

Sample size and allocation follow W. G. Cochran, Sampling Techniques (3rd ed.), 4.4, 4.5 and 5.4; the interval of a share is
E. B. Wilson's (JASA 22, 1927); for a stratified share it is taken at the effective sample size (L. Kish, Survey Sampling,
8.2). What a spot check is: 网格信息抽查核实 (抽查条数, 更新条数), the work report of a grid centre.
"""

import hashlib
import math
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from statistics import NormalDist
from typing import Any, TypeVar

from wangge.kernel.errors import Refusal
from wangge.registry.terms_quality import (
    JUDGED_ONLY,
    LET,
    SAMPLE_FIELDS,
    SAMPLE_KINDS,
    SAMPLE_STATES,
    SAMPLED,
    STATE_FIELD,
    STRATA,
)

K = TypeVar("K", bound=Hashable)
CORRECT, CORRECTED, WRONG, UNKNOWN = "correct", "corrected", "wrong", "unknown"
RESULTS = (CORRECT, CORRECTED, WRONG, UNKNOWN)
MOST = 20_000


def z_of(confidence: float) -> float:
    """The two-sided normal quantile: 1.96 for 0.95. Confidence lies between 0.5 and 1, both excluded."""
    if not 0.5 < confidence < 1:
        raise Refusal("bad_confidence", "置信水平应在 0.5 与 1 之间，例如 0.95。", field="confidence", value=confidence)
    return NormalDist().inv_cdf((1 + confidence) / 2)


def sample_size(population: int, margin: float, confidence: float = 0.95, expected: float = 0.5) -> int:
    """How many have to be checked so that a share near `expected` is known to ± `margin` (Cochran 4.4, with the correction
    for a finite population)."""
    if not 0 < margin < 1:
        raise Refusal("bad_margin", "允许误差应在 0 与 1 之间，例如 0.03。", field="margin", value=margin)
    if population <= 0:
        return 0
    first = z_of(confidence) ** 2 * expected * (1 - expected) / margin**2
    return min(population, math.ceil(first / (1 + (first - 1) / population)))


def allocate(sizes: Mapping[K, int], total: int, least: int = 1) -> dict[K, int]:
    """`total` over the strata in proportion to their sizes, by largest remainders; at least `least` of each (all of a
    smaller one), never more than there are. Equal remainders go by the order of the keys, so the answer is one.

    Raises `Refusal`: `sample_too_large` beyond the population, `sample_too_small` for the least of every stratum.
    """
    filled = {k: n for k, n in sizes.items() if n > 0}
    population = sum(filled.values())
    if total > population:
        sentence = f"样本量 {total} 超过总体 {population}。请减少样本量，或放宽抽查范围。"
        raise Refusal("sample_too_large", sentence, field="size", value=total)
    floor = {k: min(n, least) for k, n in filled.items()}
    if total < sum(floor.values()):
        sentence = f"共 {len(filled)} 层，每层至少 {least} 个，样本量不能少于 {sum(floor.values())}。请增加样本量，或减少每层最少数。"
        raise Refusal("sample_too_small", sentence, field="size", value=total)
    fixed: dict[K, int] = {}
    while True:
        open_ = [k for k in filled if k not in fixed]
        rest, weight = total - sum(fixed.values()), sum(filled[k] for k in open_)
        share = {k: Fraction(rest * filled[k], weight) for k in open_}
        low = [k for k in open_ if share[k] < floor[k]]
        if not low:
            break
        fixed |= {k: floor[k] for k in low}
    given = {**fixed, **{k: math.floor(v) for k, v in share.items()}}
    order = sorted(share, key=lambda k: (-(share[k] - math.floor(share[k])), str(k)))
    left = total - sum(given.values())
    for k in [k for k in order if given[k] < filled[k]][:left]:
        given[k] += 1
    return {k: given.get(k, 0) for k in sizes}


def reserve(population: int, size: int) -> int:
    """How many more of a stratum are drawn to stand in for those who cannot be reached: half as many, at least two, while there
    are any. They come next in the same order, so that who stands in is settled before anybody is called on."""
    return min(population - size, max(2, math.ceil(size / 2))) if size else 0


def rank(seed: str, member: int) -> bytes:
    """The place of a member in the order of the draw: SHA-256 of `seed|id`. Nobody's place depends on anybody else."""
    return hashlib.sha256(f"{seed}|{member}".encode()).digest()


def draw(seed: str, members: Mapping[K, Collection[int]], sizes: Mapping[K, int]) -> dict[K, list[int]]:
    """The first `sizes[k]` of each stratum in the order of the draw: the same for the same seed and members, always."""
    return {k: sorted(ids, key=lambda i: rank(seed, i))[: sizes.get(k, 0)] for k, ids in members.items()}


def stratum_kind(roles: Collection[str]) -> str:
    """The kind a person with these roles is drawn under."""
    return next((k for k in STRATA if k in roles), "other")


# ---- what may be planned, who may check, what a check may say ------------------------------------------------------


def plan_faults(
    title: str,
    fields: Collection[str],
    kinds: Collection[str],
    size: int,
    due_on: date,
    today: date,
    subject: str = "person",
) -> None:
    """Raises the first `Refusal` of a plan that cannot be drawn."""
    if not title.strip():
        raise Refusal("no_title", "请填写抽查方案的名称。", field="title")
    if subject not in SAMPLED:
        raise Refusal("unknown_subject", "请从列表中选择抽查对象：人员、房屋或组织。", field="subject", value=subject)
    if unknown := [f for f in fields if f not in SAMPLE_FIELDS[subject]]:
        raise Refusal("unknown_field", "请从列表中选择核实项。", field="fields", value=unknown[0])
    if not fields:
        raise Refusal("no_fields", "请至少选择一个核实项。", field="fields")
    if unknown := [k for k in kinds if k not in SAMPLE_KINDS[subject]]:
        raise Refusal("unknown_kind", f"请从列表中选择{SAMPLED[subject]}类别。", field="kinds", value=unknown[0])
    if not 1 <= size <= MOST:
        raise Refusal("bad_size", f"样本量应在 1 到 {MOST} 之间。", field="size", value=size)
    if due_on < today:
        raise Refusal("due_in_the_past", "完成期限不能早于今天。", field="due_on", value=str(due_on))


def must_be_another(checker: str, verifiers: Collection[str]) -> None:
    """核查与采集分离: raises when the checker is among those who verified or last changed what is being checked."""
    if checker and checker in verifiers:
        sentence = f"这条信息由{checker}采集或核实，抽查须由他人办理。请改派其他核实人。"
        raise Refusal("checker_is_verifier", sentence, field="checker", status=403)


def findings(
    fields: Collection[str], results: Mapping[str, str], changes: Mapping[str, Any], subject: str = "person"
) -> dict[str, str]:
    """The results of every field of the plan, or the first `Refusal`: one missing, unknown, or corrected without a value."""
    names, states = SAMPLE_FIELDS[subject], SAMPLE_STATES[subject]
    for field in fields:
        name, said, value = names[field], results.get(field, ""), changes.get(field)
        if said not in RESULTS:
            raise Refusal("no_result", f"“{name}”还没有核实结果。请逐项选择。", field=field, value=said)
        if said == CORRECTED and judged_only(subject, field):
            sentence = f"“{name}”有误的选有误待查，由{JUDGED_ONLY[field]}。"
            raise Refusal("judged_only", sentence, field=field)
        if said == CORRECTED and not value:
            raise Refusal("no_new_value", f"“{name}”选了有误已更正，请填写正确的内容。", field=field)
        if said != CORRECTED and value:
            raise Refusal("value_without_result", f"“{name}”填了新内容，核实结果应选有误已更正。", field=field)
    if extra := [f for f in results if f not in fields]:
        raise Refusal("field_not_planned", "这一项不在本次抽查的核实项内。请刷新后再填。", field=extra[0])
    if (state := changes.get(STATE_FIELD)) and state not in states:
        sentence = f"{names[STATE_FIELD]}只能更正为{'或'.join(states.values())}。请从列表中选择。"
        raise Refusal("unknown_state", sentence, field=STATE_FIELD, value=state)
    return {f: results[f] for f in fields}


def judged_only(subject: str, field: str) -> bool:
    """Is the field judged at the check, and put right by somebody else?"""
    return field in JUDGED_ONLY and not (field == STATE_FIELD and SAMPLE_STATES[subject])


def dwelling_values(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The right values of a dwelling as its record holds them; a `Refusal` names the one that cannot be read."""
    made: dict[str, Any] = {}
    for field, read, sentence in (
        ("floor", int, "楼层应是整数，例如 5，地下一层写 -1。"),
        ("area_m2", Decimal, "建筑面积应是数字，例如 86.5。"),
    ):
        if field in changes:
            try:
                made[field] = read(str(changes[field]).strip())
            except (ValueError, InvalidOperation):
                raise Refusal("bad_value", sentence, field=field, value=changes[field]) from None
    if not -5 <= made.get("floor", 1) <= 150:
        raise Refusal("bad_value", "楼层应在 -5 到 150 之间。", field="floor", value=changes["floor"])
    if changes.get("let", "0") not in LET:
        raise Refusal("bad_value", "出租情况只能是出租或未出租。", field="let", value=changes["let"])
    return {**changes, **made}


# ---- what the results say ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of errors: `value` (None: nothing judged) within [low, high]; `wrong` of `judged` were wrong."""

    wrong: int
    judged: int
    value: float | None
    low: float
    high: float


def wilson(wrong: float, judged: float, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of a share by Wilson; the whole [0, 1] when nothing was judged. `judged` may be an effective size."""
    if judged <= 0:
        return 0.0, 1.0
    z, p = z_of(confidence), wrong / judged
    middle = (p + z * z / (2 * judged)) / (1 + z * z / judged)
    half = z / (1 + z * z / judged) * math.sqrt(p * (1 - p) / judged + z * z / (4 * judged * judged))
    # At the ends the root leaves a trace of the machine's arithmetic.
    return (0.0 if p == 0 else max(0.0, middle - half)), (1.0 if p == 1 else min(1.0, middle + half))


def rate(wrong: int, judged: int, confidence: float = 0.95) -> Rate:
    low, high = wilson(wrong, judged, confidence)
    return Rate(wrong, judged, wrong / judged if judged else None, low, high)


def stratified(strata: Iterable[tuple[int, int, int]], confidence: float = 0.95) -> Rate:
    """The share of errors of the whole from (population, judged, wrong) of each stratum, each weighted by its population.

    Strata where nobody was judged say nothing and carry no weight. The interval is Wilson's at the effective sample size
    p(1-p)/var; where no stratum shows any variation, the plain number judged.
    """
    known = [(size, n, x) for size, n, x in strata if n > 0 and size > 0]
    judged, wrong = sum(n for _, n, _ in known), sum(x for _, _, x in known)
    if not known:
        return Rate(0, 0, None, 0.0, 1.0)
    whole = sum(size for size, _, _ in known)
    p = sum(size / whole * x / n for size, n, x in known)
    variance = sum(
        (size / whole) ** 2 * (x / n) * (1 - x / n) / (n - 1) * max(0.0, 1 - n / size) for size, n, x in known if n > 1
    )
    effective = p * (1 - p) / variance if variance > 0 and 0 < p < 1 else float(judged)
    low, high = wilson(p * effective, effective, confidence)
    return Rate(wrong, judged, p, low, high)


def bounds(strata: Iterable[tuple[int, int, int, int]]) -> tuple[float, float] | None:
    """Between what the share of the whole would lie if all who could not be reached were right, or all wrong, from (population,
    judged, wrong, not reached) of each stratum; None when nobody was called on."""
    known = [(size, n, x, gone) for size, n, x, gone in strata if size > 0 and n + gone > 0]
    whole = sum(size for size, *_ in known)
    if not known or not whole:
        return None
    low = sum(size / whole * x / (n + gone) for size, n, x, gone in known)
    return low, low + sum(size / whole * gone / (n + gone) for size, n, _, gone in known)
