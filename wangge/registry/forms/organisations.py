"""Forms of the pages of organisations and of the dictionary. What a value must be is the rules' to say."""

from typing import Any

from django import forms

from wangge.kernel import clock
from wangge.kernel.forms import PlainForm, day, text
from wangge.registry.forms.table_fields import form_field, form_fields
from wangge.registry.rules import organisations as rules
from wangge.registry.rules import tables
from wangge.registry.rules.collection import PURPOSES


class OrganisationForm(PlainForm):
    """Every field of one kind's table, with the place. Sealed fields start empty: what is typed replaces what is on record."""

    def __init__(self, kind: str, places: Any, *given: Any, own: Any = None, held: Any = None, **more: Any) -> None:
        super().__init__(*given, **more)
        self.kind = kind
        known = rules.table_of(kind).fields
        made = form_fields(known, own, held)
        made["name"] = form_field(next(f for f in known if f.key == "name"), own, required=True)
        place = forms.ChoiceField(
            label="所在社区（村）或网格", choices=[("", "请选择"), *places], error_messages={"required": "请选择所在社区或网格。"},
            help_text="填写经纬度时，按坐标确定网格。",
        )  # fmt: skip
        opened = day("成立日期", required=False)
        source = text("信息来源", longest=40, help_text="例如：走访采集、营业执照、市场监管共享。")
        self.fields.update(
            {"name": made.pop("name"), "place_code": place, **made, "opened_on": opened, "source": source}
        )
        self._sealed = {f.key for f in known if f.sealed}
        self._own = own

    def clean(self) -> dict[str, Any]:
        """Every fault of every field at once, in the words of the rules."""
        given = super().clean() or self.cleaned_data
        for key, _, sentence in rules.clean(self.kind, self.values(), clock.today(), self._own).faults:
            if key not in self.errors:
                self.add_error(key if key in self.fields else None, sentence)
        return given

    @property
    def groups(self) -> list[tuple[str, list[Any]]]:
        """(heading, bound fields) in the order of the table."""
        named: dict[str, list[Any]] = {g: [] for g in rules.GROUPS}
        for f in rules.table_of(self.kind).fields:
            named[rules.group_of(f)].append(self[f.key])
        first = named["基本情况"]
        first.sort(key=lambda f: f.name != "name")
        first.insert(1, self["place_code"])
        named["基本情况"] += [self["opened_on"], self["source"]]
        return [(title, fields) for title, fields in named.items() if fields]

    def values(self) -> dict[str, Any]:
        """What the services take: the table's keys; a sealed field left empty is not named, so that it stays."""
        given = {k: v for k, v in self.cleaned_data.items() if k not in ("place_code", "opened_on", "source")}
        return {k: v for k, v in given.items() if v or k not in self._sealed}

    def refuse(self, refusal: Any) -> None:
        faults = refusal.data.get("faults")
        if not faults:
            super().refuse(refusal)
        for key, sentence in faults or ():
            self.add_error(key if key in self.fields else None, sentence)


class CloseForm(PlainForm):
    on = day("注销日期")
    reason = text("注销原因", longest=200)


class ReasonForm(PlainForm):
    reason = text("理由", longest=200)


class VisitForm(PlainForm):
    """A visit to an organisation, entered at the desk."""

    purpose = forms.ChoiceField(
        label="目的", choices=[(k, v) for k, v in PURPOSES.items() if k not in ("door", "care")]
    )
    seen_on = day("走访日期")
    met = forms.BooleanField(label="见到负责人或工作人员", required=False, initial=True)
    text = forms.CharField(
        label="走访情况", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": "最长 2000 字，请缩短。"},
    )  # fmt: skip
    matters = forms.CharField(
        label="反映的事项和诉求", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="需要处置的，另行登记事件。", error_messages={"max_length": "最长 500 字，请缩短。"},
    )  # fmt: skip

    def clean_seen_on(self) -> Any:
        seen = self.cleaned_data["seen_on"]
        if seen > clock.today():
            raise forms.ValidationError("走访日期晚于今天，请核对。")
        return seen


class CodeNameForm(PlainForm):
    """Another name of a code, or a code of the district's own."""

    code = text("代码", longest=8)
    label = text("名称", longest=60)
    stands_for = forms.ChoiceField(
        label="对应国标代码", required=False, help_text="只有自设代码要填：按标准导出时用它代替。"
    )
    since = day("启用日期")
    reason = text("依据", longest=200, help_text="文件名称和文号。")

    def __init__(self, table: str, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        listed = tables.codes(table)
        choice = self.fields["stands_for"]
        choice.choices = [("", "不是自设代码"), *((c, f"{c} {n}") for c, n in list(listed.items())[:500])]  # type: ignore[attr-defined]


class EndNameForm(PlainForm):
    until = day("停用日期")
    reason = text("依据", longest=200)
