import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.operations
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        # A trusted extension: an ordinary role may create it, and nothing happens when the template brought it.
        django.contrib.postgres.operations.BtreeGistExtension(),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("name", models.CharField(max_length=40, unique=True, verbose_name="账号")),
                ("full_name", models.CharField(max_length=40, verbose_name="姓名")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="工作电话")),
                ("is_active", models.BooleanField(default=True, verbose_name="启用")),
                ("password_set_at", models.DateTimeField(null=True)),
                ("must_change_password", models.BooleanField(default=False)),
                (
                    "old_passwords",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=160), default=list, size=None
                    ),
                ),
                ("totp_secret", models.CharField(blank=True, max_length=255)),
                ("totp_confirmed", models.BooleanField(default=False)),
                ("totp_step", models.BigIntegerField(default=0)),
                ("is_demo", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "账号",
            },
        ),
        migrations.CreateModel(
            name="District",
            fields=[
                ("code", models.BigIntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
                ("centre_name", models.CharField(max_length=80)),
                ("supervision_phone", models.CharField(max_length=30)),
                ("address", models.CharField(blank=True, max_length=120)),
            ],
            options={
                "verbose_name": "区",
            },
        ),
        migrations.CreateModel(
            name="Role",
            fields=[
                ("code", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
                (
                    "rights",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
            ],
            options={
                "verbose_name": "角色",
            },
        ),
        migrations.CreateModel(
            name="Department",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True)),
                ("slug", models.CharField(blank=True, max_length=30)),
                ("name", models.CharField(max_length=80)),
                ("short", models.CharField(max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("centre", "区网格中心"),
                            ("street", "街道分中心"),
                            ("community", "社区（村）"),
                            ("department", "职能部门"),
                            ("leader", "区领导"),
                        ],
                        max_length=12,
                    ),
                ),
                ("place_code", models.BigIntegerField()),
                ("is_active", models.BooleanField(default=True)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="identity.department",
                    ),
                ),
            ],
            options={
                "verbose_name": "部门",
            },
        ),
        migrations.CreateModel(
            name="LoginTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("failed", "失败"),
                            ("succeeded", "成功"),
                            ("pending", "待验证码"),
                            ("cleared", "已解除"),
                        ],
                        max_length=10,
                    ),
                ),
                ("address", models.CharField(max_length=45)),
            ],
            options={
                "verbose_name": "登录尝试",
                "indexes": [models.Index(fields=["name", "at"], name="login_try_by_name")],
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("place_code", models.BigIntegerField(blank=True, null=True)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="posts", to="identity.department"
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.role"
                    ),
                ),
            ],
            options={
                "verbose_name": "岗位",
            },
        ),
        migrations.CreateModel(
            name="LoginSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key_hash", models.CharField(max_length=64, unique=True)),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("address", models.CharField(max_length=45)),
                ("agent", models.CharField(max_length=200)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"
                    ),
                ),
            ],
            options={
                "verbose_name": "登录会话",
            },
        ),
        migrations.CreateModel(
            name="Appointment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="任期")),
                (
                    "kind",
                    models.CharField(choices=[("regular", "任职"), ("cover", "代管")], default="regular", max_length=8),
                ),
                ("handover", models.TextField(blank=True, verbose_name="交接说明")),
                ("is_lead", models.BooleanField(default=False)),
                ("is_primary", models.BooleanField(default=False)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "covers",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covered_by",
                        to="identity.appointment",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="appointments", to="identity.post"
                    ),
                ),
            ],
            options={
                "verbose_name": "任职",
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("label", models.CharField(blank=True, max_length=60)),
                ("rate", models.PositiveIntegerField(default=200, verbose_name="每秒次数")),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.post"
                    ),
                ),
            ],
            options={
                "verbose_name": "接口令牌",
            },
        ),
        migrations.AddIndex(
            model_name="department",
            index=models.Index(fields=["kind", "place_code"], name="department_by_place"),
        ),
        migrations.AddConstraint(
            model_name="department",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True), ("kind__in", ["centre", "street", "community"])),
                fields=("kind", "place_code"),
                name="one_grid_office_per_place",
            ),
        ),
        migrations.AddIndex(
            model_name="loginsession",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["account"], name="open_sessions_of_account"
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("account", "="), ("post", "="), ("period", "&&")],
                name="one_person_holds_a_post_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("is_lead", True), ("kind", "regular")),
                expressions=[("post", "="), ("period", "&&")],
                name="one_lead_per_cell_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("covers__isnull", True), ("kind", "regular")),
                    models.Q(("covers__isnull", False), ("kind", "cover")),
                    _connector="OR",
                ),
                name="a_cover_names_whom_it_covers",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(("period__isempty", False), ("period__startswith__isnull", False)),
                name="a_term_has_a_first_day",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["place_code", "role"], name="post_by_place"),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True), ("role", "lead")),
                fields=("place_code",),
                name="one_lead_post_per_cell",
            ),
        ),
    ]
