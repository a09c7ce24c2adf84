"""Districts, departments, posts, appointments, accounts, roles, sessions, tokens."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models

from wangge.kernel.errors import explain


class District(models.Model):
    """区. The one record of a district's own words: what its centre is called, whom to phone."""

    code = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=40)
    centre_name = models.CharField(max_length=80)
    supervision_phone = models.CharField(max_length=30)
    address = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = "区"

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """部门. An office that holds cases: the centre, a street's or community's office, a department."""

    class Kind(models.TextChoices):
        CENTRE = "centre", "区网格中心"
        STREET = "street", "街道分中心"
        COMMUNITY = "community", "社区（村）"
        DEPARTMENT = "department", "职能部门"
        LEADER = "leader", "区领导"

    code = models.CharField(max_length=40, unique=True)
    # What the duty catalogue calls it, the same word in every district ("urban"); empty where no catalogue names it.
    slug = models.CharField(max_length=30, blank=True)
    name = models.CharField(max_length=80)
    short = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    place_code = models.BigIntegerField()
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = "部门"
        indexes = [models.Index(fields=["kind", "place_code"], name="department_by_place")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "place_code"],
                condition=models.Q(kind__in=["centre", "street", "community"], is_active=True),
                name="one_grid_office_per_place",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """角色. A named set of rights, kept as data."""

    code = models.CharField(max_length=30, primary_key=True)
    name = models.CharField(max_length=40)
    rights = ArrayField(models.CharField(max_length=40))

    class Meta:
        verbose_name = "角色"

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """岗位. A role at a department, over a place (its interval of codes) or over what the department is given."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="posts")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")
    place_code = models.BigIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = "岗位"
        indexes = [models.Index(fields=["place_code", "role"], name="post_by_place")]
        constraints = [
            models.UniqueConstraint(
                fields=["place_code"],
                condition=models.Q(role="lead", is_active=True),
                name="one_lead_post_per_cell",
            )
        ]

    def __str__(self) -> str:
        return self.name


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(name=username)


class Account(AbstractBaseUser):
    """账号. One person's login."""

    name = models.CharField("账号", max_length=40, unique=True)
    full_name = models.CharField("姓名", max_length=40)
    phone = models.CharField("工作电话", max_length=30, blank=True)
    is_active = models.BooleanField("启用", default=True)
    password_set_at = models.DateTimeField(null=True)
    must_change_password = models.BooleanField(default=False)
    old_passwords = ArrayField(models.CharField(max_length=160), default=list)
    totp_secret = models.CharField(max_length=255, blank=True)
    totp_confirmed = models.BooleanField(default=False)
    totp_step = models.BigIntegerField(default=0)
    is_demo = models.BooleanField(default=False)

    USERNAME_FIELD = "name"
    objects = AccountManager()

    class Meta:
        verbose_name = "账号"

    def __str__(self) -> str:
        return self.full_name


class Appointment(models.Model):
    """任职. Who holds a post, from when until when; a cover stands in for somebody who is away."""

    class Kind(models.TextChoices):
        REGULAR = "regular", "任职"
        COVER = "cover", "代管"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments")
    # Half open: the upper bound is the first day the post is no longer held; NULL means until further notice.
    period = DateRangeField("任期")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.REGULAR)
    covers = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="covered_by")
    handover = models.TextField("交接说明", blank=True)
    is_lead = models.BooleanField(default=False)
    is_primary = models.BooleanField(default=False)

    class Meta:
        verbose_name = "任职"
        constraints = [
            ExclusionConstraint(
                name="one_person_holds_a_post_once_at_a_time",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="one_lead_per_cell_at_a_time",
                expressions=[("post", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                condition=models.Q(is_lead=True, kind="regular"),
            ),
            models.CheckConstraint(
                name="a_cover_names_whom_it_covers",
                condition=models.Q(kind="regular", covers__isnull=True) | models.Q(kind="cover", covers__isnull=False),
            ),
            models.CheckConstraint(
                name="a_term_has_a_first_day",
                condition=models.Q(period__isempty=False) & models.Q(period__startswith__isnull=False),
            ),
        ]


class LoginTry(models.Model):
    """登录尝试. Kept to lock out guessing; the name is stored as typed, never the password."""

    class Outcome(models.TextChoices):
        FAILED = "failed", "失败"
        SUCCEEDED = "succeeded", "成功"
        PENDING = "pending", "待验证码"
        CLEARED = "cleared", "已解除"

    name = models.CharField(max_length=40)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    address = models.CharField(max_length=45)

    class Meta:
        verbose_name = "登录尝试"
        indexes = [models.Index(fields=["name", "at"], name="login_try_by_name")]


class LoginSession(models.Model):
    """登录会话. One signed-in device; ended from the list or by expiry. The post in use belongs to the session."""

    key_hash = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="sessions")
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=45)
    agent = models.CharField(max_length=200)

    class Meta:
        verbose_name = "登录会话"
        indexes = [
            models.Index(fields=["account"], condition=models.Q(ended_at__isnull=True), name="open_sessions_of_account")
        ]


class ApiToken(models.Model):
    """接口令牌. Only its hash is kept; it acts as the account at one post."""

    digest = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=60, blank=True)
    rate = models.PositiveIntegerField("每秒次数", default=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "接口令牌"

    def __str__(self) -> str:
        return self.label or f"令牌 {self.pk}"


explain("one_grid_office_per_place", "这个地方已有同类网格机构。请先停用原机构，或改选地点。")
explain("one_lead_post_per_cell", "该网格已有网格长岗位。请在原岗位上任命，或先停用原岗位。")
explain("a_term_has_a_first_day", "任期至少为一天，且须写明开始日期。请核对起止日期。")
explain("identity_account_name_key", "这个账号名已被使用。请换一个账号名。", "account_name_taken")
explain("identity_post_code_key", "这个岗位代码已被使用。请换一个代码。", "post_code_taken")
explain("one_person_holds_a_post_once_at_a_time", "该人员在这段时间已任此岗位。请调整起止日期，或先结束原任职。")
explain("one_lead_per_cell_at_a_time", "这段时间该网格已有网格长。请先结束原网格长的任职，或选择不重叠的日期。")
explain("a_cover_names_whom_it_covers", "代管须写明代谁。请选择被代管人的任职。")
