"""A person, what is true of them for a time, and what changed. Row-level security: migrations/0002_guards.py."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from wangge.kernel.errors import explain
from wangge.registry import terms


def _days() -> Func:
    """[since, until) as a range; an open end when it still holds."""
    return Func(F("since"), F("until"), function="daterange")


class Person(models.Model):
    """人员. One person, one record: the 19 core fields of GB/T 31000-2015.

    `sealed` is a JSON object {id_number, phone, religion} under SM4-GCM (purpose `people`, context `person:<id>`);
    `id_index`, `phone_index` are blind indexes (purpose `people-index`). `place_code` is the cell of the main residence, or
    the community while no cell is known. `proof` maps a field to [source, date, verifier] where it differs from the row's own
    `source`, `verified_on`, `verified_by`. `step` counts changes, so that nobody overwrites what they did not see.
    """

    place_code = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=list(terms.STATES.items()), default="active")
    state_on = models.DateField(null=True)
    id_type = models.CharField(max_length=3, blank=True)
    id_index = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    sealed = models.BinaryField(null=True)
    key_version = models.SmallIntegerField(default=1)
    name = models.CharField(max_length=50)
    pinyin = models.CharField(max_length=50, blank=True)
    former_name = models.CharField(max_length=50, blank=True)
    sex = models.CharField(max_length=1, blank=True)
    birth_on = models.DateField(null=True)
    ethnic = models.CharField(max_length=2, blank=True)
    native_place = models.CharField(max_length=6, blank=True)
    marriage = models.CharField(max_length=2, blank=True)
    politics = models.CharField(max_length=2, blank=True)
    education = models.CharField(max_length=2, blank=True)
    occupation_class = models.CharField(max_length=5, blank=True)
    occupation = models.CharField(max_length=30, blank=True)
    employer = models.CharField(max_length=100, blank=True)
    hukou_area = models.CharField(max_length=6, blank=True)
    hukou_address = models.CharField(max_length=80, blank=True)
    home_area = models.CharField(max_length=6, blank=True)
    home_address = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=40)
    verified_on = models.DateField(null=True)
    verified_by = models.CharField(max_length=100, blank=True)
    proof = models.JSONField(default=dict)
    step = models.IntegerField(default=1)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = "人员"
        constraints = [
            models.UniqueConstraint(fields=["id_index"], name="one_document_is_one_person"),
            models.CheckConstraint(name="a_person_state_is_known", condition=Q(state__in=list(terms.STATES))),
            models.CheckConstraint(
                name="a_person_is_merged_iff_into_somebody",
                condition=Q(state="merged", merged_into__isnull=False) | ~Q(state="merged") & Q(merged_into=None),
            ),
        ]
        indexes = [
            # The scope's names are read from the index alone: substring search under row-level security may use no other.
            models.Index(
                fields=["place_code", "name", "id"], include=["pinyin", "state"], name="person_by_place_and_name"
            ),
            models.Index(fields=["name", "place_code"], name="person_by_name"),
            models.Index(fields=["pinyin", "place_code"], name="person_by_pinyin"),
            models.Index(fields=["phone_index"], name="person_by_phone", condition=Q(phone_index__isnull=False)),
            models.Index(fields=["place_code", "verified_on", "id"], name="person_by_verification"),
            models.Index(fields=["merged_into"], name="person_by_merger", condition=Q(merged_into__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class PersonChange(models.Model):
    """变更记录. One field of one person, before and after; `sealed` holds {before, after} of an encrypted field. Append-only."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="changes")
    field = models.CharField(max_length=20)
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)
    sealed = models.BinaryField(null=True)
    # The day from which the new value holds, which may lie before the day it was recorded.
    from_on = models.DateField()
    # The person's step after this change; 0 where it was not counted.
    step = models.IntegerField(default=0, db_default=0)
    source = models.CharField(max_length=40)
    by = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "变更记录"
        indexes = [models.Index(fields=["person", "-id"], name="changes_of_a_person")]


class Dated(models.Model):
    """A row that holds for [since, until)."""

    since = models.DateField()
    until = models.DateField(null=True)
    ended_reason = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=40)
    by = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        abstract = True


def _episode(table: str) -> list[models.BaseConstraint]:
    return [
        ExclusionConstraint(
            name=f"one_{table}_episode_at_a_time",
            expressions=[("person", RangeOperators.EQUAL), (_days(), RangeOperators.OVERLAPS)],
        ),
        models.CheckConstraint(
            name=f"a_{table}_episode_ends_after_it_begins", condition=Q(until=None) | Q(until__gte=F("since"))
        ),
    ]


class Role(Dated):
    """An episode of a role; `details` are the further fields of its table in the standard, by key."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    details = models.JSONField(default=dict)

    class Meta:
        abstract = True


class Hukou(Role):
    """户籍人口 (T12)."""

    class Meta:
        verbose_name = "户籍人口"
        constraints = _episode("hukou")


class Migrant(Role):
    """流动人口 (T13)."""

    class Meta:
        verbose_name = "流动人口"
        constraints = _episode("migrant")


class LeftBehind(Role):
    """留守人员 (T14)."""

    class Meta:
        verbose_name = "留守人员"
        constraints = _episode("left_behind")


class Foreigner(Role):
    """境外人员 (T15)."""

    class Meta:
        verbose_name = "境外人员"
        constraints = _episode("foreigner")


class Care(Dated):
    """关爱对象. An episode in a care group."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="cares")
    kind = models.CharField(max_length=20, choices=list(terms.CARE.items()))
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name = "关爱对象"
        constraints = [
            ExclusionConstraint(
                name="one_care_episode_of_a_kind_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["kind", "person"], name="care_by_kind")]


class Special(Dated):
    """An episode in a special group: every field but the period is sealed (purpose `special`, context `<group>:<id>`)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    key_version = models.SmallIntegerField(default=1)

    class Meta:
        abstract = True


class Released(Special):
    """刑满释放人员 (T17)."""

    class Meta:
        verbose_name = "刑满释放人员"
        constraints = _episode("released")


class Correction(Special):
    """社区矫正人员 (T18)."""

    class Meta:
        verbose_name = "社区矫正人员"
        constraints = _episode("correction")


class Psychiatric(Special):
    """严重精神障碍患者 (T19)."""

    class Meta:
        verbose_name = "严重精神障碍患者"
        constraints = _episode("psychiatric")


class DrugUse(Special):
    """吸毒人员 (T20)."""

    class Meta:
        verbose_name = "吸毒人员"
        constraints = _episode("drug")


class HivRisk(Special):
    """艾滋病危险人员 (T21)."""

    class Meta:
        verbose_name = "艾滋病危险人员"
        constraints = _episode("hiv")


class KeyYouth(Special):
    """重点青少年 (T22)."""

    class Meta:
        verbose_name = "重点青少年"
        constraints = _episode("youth")


class Household(models.Model):
    """户. A household with its number in the household register, or none."""

    number = models.CharField("户号", max_length=20, blank=True)
    place_code = models.BigIntegerField()
    dwelling = models.ForeignKey("territory.Dwelling", null=True, on_delete=models.PROTECT, related_name="+")
    head = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    verified_on = models.DateField(null=True)
    verified_by = models.CharField(max_length=100, blank=True)
    step = models.IntegerField(default=1)
    closed_on = models.DateField(null=True)

    class Meta:
        verbose_name = "户"
        constraints = [
            models.UniqueConstraint(
                F("place_code") / 1_000_000_000,
                "number",
                condition=~Q(number=""),
                name="a_household_number_is_given_once_in_a_district",
            )
        ]
        indexes = [
            models.Index(fields=["place_code", "id"], name="household_by_place"),
            models.Index(fields=["dwelling"], name="household_by_dwelling"),
        ]


class HouseholdMember(Dated):
    """家庭成员. Who belongs to a household, as what (GB/T 4761), for which time."""

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    relation = models.CharField("与户主关系", max_length=2)

    class Meta:
        verbose_name = "家庭成员"
        constraints = [
            ExclusionConstraint(
                name="one_household_at_a_time",
                expressions=[("person", RangeOperators.EQUAL), (_days(), RangeOperators.OVERLAPS)],
            )
        ]
        indexes = [models.Index(fields=["household"], name="members_of_a_household")]


class Relation(Dated):
    """人员关系. `other` is the `kind` (GB/T 4761, or guardian, carer, neighbour) of `person`; `calls` orders a family chain.

    Somebody who has no record here stands by `name`, with the telephone in `sealed` (purpose `people`, context `relation:<id>`).
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="relations")
    other = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("联系人", max_length=50, blank=True)
    sealed = models.BinaryField(null=True)
    key_version = models.SmallIntegerField(default=1)
    kind = models.CharField("关系", max_length=10)
    calls = models.SmallIntegerField("紧急联系顺序", null=True)

    class Meta:
        verbose_name = "人员关系"
        constraints = [
            models.CheckConstraint(name="nobody_is_related_to_themselves", condition=~Q(person=F("other"))),
            models.CheckConstraint(
                name="a_relation_is_a_record_or_a_name",
                condition=Q(other=None) & ~Q(name="") | Q(other__isnull=False, name=""),
            ),
        ]
        indexes = [
            models.Index(fields=["other"], name="relations_to_a_person"),
            models.Index(fields=["person"], name="relations_of_a_person"),
        ]


class Residence(Dated):
    """居住. Who lives (or works) in which dwelling for which time; the main one gives the person their cell."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="residences")
    dwelling = models.ForeignKey("territory.Dwelling", on_delete=models.PROTECT, related_name="+")
    place_code = models.BigIntegerField()
    kind = models.CharField("居住方式", max_length=5, choices=list(terms.RESIDENCE.items()))
    is_main = models.BooleanField(default=True)

    class Meta:
        verbose_name = "居住"
        constraints = [
            ExclusionConstraint(
                name="one_main_residence_at_a_time",
                expressions=[("person", RangeOperators.EQUAL), (_days(), RangeOperators.OVERLAPS)],
                condition=Q(is_main=True),
            )
        ]
        indexes = [
            models.Index(fields=["dwelling", "person"], name="residents_of_a_dwelling"),
            models.Index(fields=["person"], name="residences_of_a_person"),
        ]


explain(
    "one_document_is_one_person",
    "这个证件号码已有登记，一人只建一档。请查找已有档案后更新，不在管辖范围内的请申请调入。",
    "exists",
)
explain("one_main_residence_at_a_time", "同一时间只能有一处主要居住地。请先结束原居住登记，再登记新的。", "overlap")
explain("nobody_is_related_to_themselves", "不能把本人登记为本人的亲属。请选择另一人。", "same_record")
explain("one_household_at_a_time", "同一时间只能属于一户。请先从原户移出，再加入新户。", "overlap")
explain("one_care_episode_of_a_kind_at_a_time", "这一时期已有同类关爱登记。请结束或更正原登记。", "overlap")
explain("a_household_number_is_given_once_in_a_district", "本区已有这个户号。请核对户口簿上的户号。", "exists")
for _table in (*terms.ROLES, *terms.SPECIAL):
    explain(f"one_{_table}_episode_at_a_time", "这一时期已有同类登记。请先结束原登记，再登记新的一次。", "overlap")
    explain(f"a_{_table}_episode_ends_after_it_begins", "结束日期早于开始日期。请核对两个日期。", "dates")
