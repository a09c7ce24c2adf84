"""Forms of the room: parse and explain."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from wangge.identity import queries
from wangge.kernel import clock
from wangge.kernel.errors import Refusal
from wangge.kernel.forms import MISSING, PlainForm, day, text
from wangge.territory import queries as territory

DEPARTMENT_KINDS = [
    ("centre", "区网格中心"),
    ("street", "街道分中心"),
    ("community", "社区（村）"),
    ("department", "职能部门"),
    ("leader", "区领导"),
]


def secret(label: str, purpose: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=128,
        help_text=help_text,
        error_messages=MISSING,
        widget=forms.PasswordInput(attrs={"autocomplete": purpose}),
    )


class LoginForm(PlainForm):
    name = text("账号", longest=40, autocomplete="username", autofocus=True)
    password = secret("密码", "current-password")


class CodeForm(PlainForm):
    code = text(
        "动态验证码",
        longest=10,
        help_text="打开手机上的验证器，填写本系统对应的六位数字。",
        autocomplete="one-time-code",
        inputmode="numeric",
    )


class PasswordForm(PlainForm):
    old = secret("当前密码", "current-password")
    password = secret(
        "新密码",
        "new-password",
        "至少 10 位，含大写字母、小写字母、数字、符号中的三种，不含账号名，与最近 5 次不同。",
    )
    again = secret("再填一次新密码", "new-password")

    def clean_again(self) -> str:
        if self.cleaned_data["again"] != self.cleaned_data.get("password"):
            raise ValidationError("两次填写的新密码不一致，请重新填写。")
        return str(self.cleaned_data["again"])


class OwnPasswordForm(PlainForm):
    password = secret("当前密码", "current-password")


class TokenForm(PlainForm):
    label = text("用途", longest=60, help_text="写明给哪个系统用，例如“消防物联网平台”。")
    days = forms.IntegerField(label="有效天数", min_value=1, max_value=1095, initial=365, error_messages=MISSING)


class AccountForm(PlainForm):
    name = text(
        "账号", longest=40, help_text="2 至 40 位小写字母、数字、点、短横或下划线，建成后不能更改。", autocomplete="off"
    )
    full_name = text("姓名", longest=40)
    phone = text("工作电话", required=False, longest=30)


class PersonForm(PlainForm):
    full_name = text("姓名", longest=40)
    phone = text("工作电话", required=False, longest=30)


class AppointForm(PlainForm):
    post = forms.ChoiceField(label="岗位", error_messages=MISSING)
    starts = day("开始日期")
    ends = day("结束日期", required=False, help_text="这一天起不再任职；不填为长期。")
    is_primary = forms.BooleanField(label="作为登录后的默认岗位", required=False)

    def __init__(self, posts: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: forms.ChoiceField = self.fields["post"]  # type: ignore[assignment]
        chosen.choices = [("", "请选择岗位")] + [(str(p.pk), f"{p.name}（{p.department.short}）") for p in posts]
        self.fields["starts"].initial = clock.today()


class EndForm(PlainForm):
    ends = day("结束日期", help_text="这一天起不再任职。")
    handover = text("交接说明", required=False, longest=500)


def _account(login: str) -> Any:
    try:
        return queries.account(login.strip())
    except Refusal:
        raise ValidationError("没有这个账号。请在账号列表中查到后再填。") from None


class CoverForm(PlainForm):
    account = text("代管人账号", longest=40, autocomplete="off")
    starts = day("代管开始日期")
    ends = day("代管结束日期", help_text="这一天起由本人继续。")

    def clean_account(self) -> Any:
        return _account(self.cleaned_data["account"])


class HandOverForm(PlainForm):
    account = text("接任人账号", longest=40, autocomplete="off")
    on = day("交接日期", help_text="这一天起由接任人负责，未办结的件随岗位转交。")
    note = text("交接说明", required=False, longest=500)

    def clean_account(self) -> Any:
        return _account(self.cleaned_data["account"])


def _place(typed: str) -> int:
    """A place code from a code, a name, or the initials of a name; one and only one must fit."""
    typed = typed.strip()
    found: list[Any] = [*territory.search_divisions(typed, limit=6), *territory.search(typed, limit=6)]
    exact = [p for p in found if p.name == typed or str(p.pk) == typed]
    found = exact or found
    if not found:
        raise ValidationError("没有找到这个地方。请填名称、拼音首字母或区划代码。")
    if len(found) > 1:
        names = "、".join(f"{territory.path_of(p.pk)}（{p.pk}）" for p in found[:5])
        raise ValidationError(f"有多个地方符合：{names}。请改填代码。")
    return int(found[0].pk)


class PostForm(PlainForm):
    code = text("岗位代码", longest=60, autocomplete="off")
    name = text("岗位名称")
    role = forms.ChoiceField(label="角色", error_messages=MISSING)
    department = text("所属机构", help_text="填机构代码、全称或简称。", list="departments", autocomplete="off")
    place = text(
        "管辖地方",
        required=False,
        help_text="填名称、拼音首字母或代码。不填则只看本机构承办的件；网格员、网格长须填网格。",
        autocomplete="off",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: forms.ChoiceField = self.fields["role"]  # type: ignore[assignment]
        chosen.choices = [("", "请选择角色")] + [(r.pk, r.name) for r in queries.roles()]

    def clean_department(self) -> Any:
        typed = self.cleaned_data["department"].strip()
        found = queries.departments_named(typed)
        if len(found) != 1:
            raise ValidationError("没有找到这个机构，或有多个同名。请填机构代码。")
        return found[0]

    def clean_place(self) -> int | None:
        typed = self.cleaned_data["place"].strip()
        return _place(typed) if typed else None


class DepartmentForm(PlainForm):
    code = text("机构代码", longest=40, autocomplete="off")
    name = text("机构全称")
    short = text("简称", longest=40, required=False)
    kind = forms.ChoiceField(label="类别", choices=[("", "请选择类别"), *DEPARTMENT_KINDS], error_messages=MISSING)
    place = text("所在地方", help_text="填区、街道或社区的名称、拼音首字母或代码。", autocomplete="off")

    def clean_place(self) -> int:
        return _place(self.cleaned_data["place"])


class RenameForm(PlainForm):
    name = text("机构全称")
    short = text("简称", longest=40, required=False)


class RoleForm(PlainForm):
    rights = forms.MultipleChoiceField(
        label="权限", required=False, widget=forms.CheckboxSelectMultiple, error_messages=MISSING
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: forms.MultipleChoiceField = self.fields["rights"]  # type: ignore[assignment]
        chosen.choices = list(queries.right_names().items())


class AuditForm(PlainForm):
    who = text("人员", required=False, longest=40)
    action = forms.ChoiceField(label="动作", required=False, error_messages=MISSING)
    subject = text("对象编号", required=False)
    since = day("起", required=False)
    until = day("止", required=False)

    def __init__(self, actions: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: forms.ChoiceField = self.fields["action"]  # type: ignore[assignment]
        chosen.choices = [("", "全部动作"), *actions]
