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
from fractions import Fraction
from statistics import NormalDist
from typing import Any, TypeVar

from wangge.kernel.errors import Refusal
from wangge.registry.terms_quality import CHECKED_FIELDS, STATE_FIELD, STRATA

K = TypeVar("K", bound=Hashable)
CORRECT, CORRECTED, WRONG, UNKNOWN = "correct", "corrected", "wrong", "unknown"
RESULTS = (CORRECT, CORRECTED, WRONG, UNKNOWN)
MOST = 20_000
# What a check may turn the state of a person on the register into.
STATES = {"departed": "已迁离", "deceased": "已故"}


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


def rank(seed: str, person_id: int) -> bytes:
    """The place of a person in the order of the draw: SHA-256 of `seed|id`. Nobody's place depends on anybody else."""
    return hashlib.sha256(f"{seed}|{person_id}".encode()).digest()


def draw(seed: str, members: Mapping[K, Collection[int]], sizes: Mapping[K, int]) -> dict[K, list[int]]:
    """The first `sizes[k]` of each stratum in the order of the draw: the same for the same seed and members, always."""
    return {k: sorted(ids, key=lambda i: rank(seed, i))[: sizes.get(k, 0)] for k, ids in members.items()}


def stratum_kind(roles: Collection[str]) -> str:
    """The kind a person with these roles is drawn under."""
    return next((k for k in STRATA if k in roles), "other")


# ---- what may be planned, who may check, what a check may say ------------------------------------------------------


def plan_faults(
    title: str, fields: Collection[str], kinds: Collection[str], size: int, due_on: date, today: date
) -> None:
    """Raises the first `Refusal` of a plan that cannot be drawn."""
    if not title.strip():
        raise Refusal("no_title", "请填写抽查方案的名称。", field="title")
    if unknown := [f for f in fields if f not in CHECKED_FIELDS]:
        raise Refusal("unknown_field", "请从列表中选择核实项。", field="fields", value=unknown[0])
    if not fields:
        raise Refusal("no_fields", "请至少选择一个核实项。", field="fields")
    if unknown := [k for k in kinds if k not in STRATA]:
        raise Refusal("unknown_kind", "请从列表中选择人员类别。", field="kinds", value=unknown[0])
    if not 1 <= size <= MOST:
        raise Refusal("bad_size", f"样本量应在 1 到 {MOST} 之间。", field="size", value=size)
    if due_on < today:
        raise Refusal("due_in_the_past", "完成期限不能早于今天。", field="due_on", value=str(due_on))


def must_be_another(checker: str, verifiers: Collection[str]) -> None:
    """核查与采集分离: raises when the checker is among those who verified or last changed what is being checked."""
    if checker and checker in verifiers:
        sentence = f"这条信息由{checker}采集或核实，抽查须由他人办理。请改派其他核实人。"
        raise Refusal("checker_is_verifier", sentence, field="checker", status=403)


def findings(fields: Collection[str], results: Mapping[str, str], changes: Mapping[str, Any]) -> dict[str, str]:
    """The results of every field of the plan, or the first `Refusal`: one missing, unknown, or corrected without a value."""
    for field in fields:
        name, said = CHECKED_FIELDS[field], results.get(field, "")
        if said not in RESULTS:
            raise Refusal("no_result", f"“{name}”还没有核实结果。请逐项选择。", field=field, value=said)
        if said == CORRECTED and not changes.get(field):
            raise Refusal("no_new_value", f"“{name}”选了有误已更正，请填写正确的内容。", field=field)
        if said != CORRECTED and changes.get(field):
            raise Refusal("value_without_result", f"“{name}”填了新内容，核实结果应选有误已更正。", field=field)
    if extra := [f for f in results if f not in fields]:
        raise Refusal("field_not_planned", "这一项不在本次抽查的核实项内。请刷新后再填。", field=extra[0])
    if STATE_FIELD in changes and changes[STATE_FIELD] and changes[STATE_FIELD] not in STATES:
        sentence = "在册状态只能更正为已迁离或已故。请从列表中选择。"
        raise Refusal("unknown_state", sentence, field=STATE_FIELD, value=changes[STATE_FIELD])
    return {f: results[f] for f in fields}


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
