"""Forms of a person's record. What a value must be is the rules' to say; a form only carries it there and the fault back."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from wangge.kernel import clock
from wangge.kernel.forms import MISSING, PlainForm, day, offer, text
from wangge.registry import terms
from wangge.registry.forms.table_fields import form_field, form_fields
from wangge.registry.rules import calls as call_rules
from wangge.registry.rules import care as care_rules
from wangge.registry.rules import people as rules
from wangge.registry.rules import tables

SOURCES = ("入户采集", "走访", "本人申报", "户口簿", "部门共享", "电话核实")
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("身份", ("name", "id_type", "id_number", "sex", "birth_on", "ethnic", "former_name", "native_place")),
    (
        "联系和情况",
        ("phone", "marriage", "politics", "education", "occupation_class", "occupation", "employer", "religion"),
    ),
    ("户籍和现住地", ("hukou_area", "hukou_address", "home_area", "home_address")),
)
Options = list[tuple[str, list[tuple[str, str]]]]


def chosen(label: str, options: Any, *, required: bool = True, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=options, required=required, help_text=help_text, error_messages=dict(MISSING)
    )


class FaultsForm(PlainForm):
    """Takes every fault of a refusal to its own field."""

    def refuse(self, refusal: Any) -> None:
        faults = refusal.data.get("faults")
        if not faults:
            super().refuse(refusal)
        for key, sentence in faults or ():
            self.add_error(key if key in self.fields else None, sentence)


class PersonForm(FaultsForm):
    """The 19 core fields. `held` are the masks of sealed values on record: left empty, they stay as they are."""

    source = text(
        "信息来源", longest=40, help_text="例如：入户采集、本人申报、户口簿。", list="sources", autocomplete="off"
    )

    def __init__(self, *given: Any, own: Any = None, held: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(*given, **more)
        made = form_fields([f for f in tables.core() if f.key != "id_number"], own, held)
        made["name"] = form_field(rules.FIELDS["name"], own, required=True)
        made["id_number"] = forms.CharField(
            label="证件号码",
            required=False,
            max_length=40,
            help_text=f"已登记 {held['id_number']}。不改动时留空。"
            if held and held.get("id_number")
            else "末位 X 大小写均可。",
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
        made["id_type"] = chosen("证件类型", [("", "未登记"), *terms.DOCUMENTS.items()], required=False)
        for key in ("sex", "birth_on"):
            made[key].help_text = "填写身份证号码后自动得出。"
        for one in made.values():
            one.show_hidden_initial = held is not None
        self.fields = {**made, **self.fields}
        self._sealed = held or {}

    @property
    def groups(self) -> list[tuple[str, list[Any]]]:
        return [(title, [self[key] for key in keys]) for title, keys in GROUPS]

    def values(self) -> dict[str, Any]:
        """What was filled in."""
        return {k: v for k, v in self.cleaned_data.items() if k in rules.KEYS and v not in (None, "")}

    def changes(self) -> dict[str, Any]:
        """What differs from what the form had shown: two people who change different fields do not disturb each other."""
        secret = {"id_number", "phone", "religion"}
        return {
            key: self.cleaned_data[key]
            for key in rules.KEYS
            if key in self.changed_data and (self.cleaned_data[key] or key not in secret)
        }


class NewPersonForm(PersonForm):
    """Opening a record: the core fields, the place, and whether a namesake was looked at."""

    def __init__(self, places: Options, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        place = chosen("所在网格", [("", "请选择"), *places], required=False, help_text="选定住房的，按住房确定。")
        dwelling = forms.IntegerField(label="住房", required=False, widget=forms.HiddenInput)
        residence = chosen("居住方式", list(terms.RESIDENCE.items()), required=False)
        since = day("入住日期", required=False, help_text="不填按今天。")
        sure = forms.BooleanField(label="已核对，不是同一人", required=False, widget=forms.HiddenInput)
        more_fields = {"place_code": place, "residence": residence, "since": since}
        self.fields = {**more_fields, **self.fields, "dwelling_id": dwelling, "sure_is_new": sure}


class DetailsForm(FaultsForm):
    """The further fields of a role or a care group, with its first day."""

    def __init__(
        self,
        fields: Sequence[tables.Field],
        *given: Any,
        own: Any = None,
        held: Any = None,
        since: bool = True,
        care: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(*given, **more)
        self.sealed = {f.key for f in fields if f.sealed}
        self.keys = [f.key for f in fields]
        made = {f.key: _care_field(f, held) for f in fields} if care else form_fields(fields, own, held)
        if since:
            made = {"since": day("开始日期"), **made}
        else:
            told = "情况变化的，填变化那天；登记时就写错的，填开始日期。"
            made["from_on"] = day("新内容起算日期", help_text=told)
        made["source"] = text("信息来源", longest=40, list="sources", autocomplete="off")
        self.fields = {**made, **self.fields}

    def details(self) -> dict[str, Any]:
        """What was filled in; a sealed field that is on record and was left empty is not named, so that it stays."""
        return {k: self.cleaned_data[k] for k in self.keys if self.cleaned_data[k] or k not in self.sealed}


def _care_field(one: tables.Field, held: Any) -> forms.Field:
    listed = care_rules.choices(one.codes) if one.codes else {}
    if listed:
        return chosen(one.title, [("", "未登记"), *listed.items()], required=False)
    plain = tables.Field(one.key, one.title, one.kind, one.length, False, "", one.sealed, one.decimals)
    return form_field(plain, held=(held or {}).get(one.key, ""))


class EndForm(FaultsForm):
    until = day("结束日期", help_text="这一天起不再算。")
    reason = text("原因", longest=100)


class SettleForm(FaultsForm):
    dwelling_id = forms.IntegerField(
        label="住房", error_messages={"required": "请先查到住房，再登记。"}, widget=forms.HiddenInput
    )
    kind = chosen("居住方式", list(terms.RESIDENCE.items()))
    since = day("入住日期")
    is_main = forms.BooleanField(
        label="主要居住地",
        required=False,
        initial=True,
        help_text="档案随主要居住地归入所在网格，原主要居住地同日结束。",
    )


class HouseholdForm(FaultsForm):
    number = text("户号", required=False, longest=20, help_text="按户口簿填写，没有的不填。", autocomplete="off")
    since = day("立户日期")


class JoinForm(FaultsForm):
    household_id = forms.IntegerField(
        label="户", error_messages={"required": "请先查到户主，再办理入户。"}, widget=forms.HiddenInput
    )
    relation = chosen("与户主关系", [])
    since = day("入户日期")

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "relation", [("", "请选择"), *tables.codes("4761").items()])


class RelationForm(FaultsForm):
    kind = chosen("对方是本人的", [])
    other_id = forms.IntegerField(label="已有档案", required=False, widget=forms.HiddenInput)
    name = text("姓名", required=False, longest=50, help_text="没有档案的亲属，填姓名和电话。", autocomplete="off")
    phone = text("联系电话", required=False, longest=30, autocomplete="off", inputmode="tel")
    calls = forms.IntegerField(
        label="紧急联系顺序", required=False, min_value=1, max_value=20, help_text="1 最先联系；不填不列入。"
    )

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "kind", [("", "请选择"), *call_rules.choices()])


class MoveForm(FaultsForm):
    to_place = text(
        "调入网格", longest=40, help_text="填网格编码，或社区、网格的名称。", list="cells", autocomplete="off"
    )
    together = forms.BooleanField(label="全户一起调动", required=False)
    note = text("说明", required=False, longest=200)


class TransferInForm(FaultsForm):
    name = text("姓名", longest=50, autocomplete="off")
    id_type = chosen("证件类型", list(terms.DOCUMENTS.items()))
    number = text("证件号码", longest=40, autocomplete="off")
    to_place = chosen("调入网格", [])
    note = text("说明", longest=200, help_text="写明在何处见到本人，便于原网格核对。")

    def __init__(self, places: Options, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "to_place", [("", "请选择"), *places])


class AnswerForm(FaultsForm):
    note = text("说明", required=False, longest=200, help_text="不接收的须写明理由。")


class DepartForm(FaultsForm):
    on = day("迁离日期")
    to = text("去向", required=False, longest=50)
    reason = text("原因", required=False, longest=40)


class DieForm(FaultsForm):
    on = day("死亡日期")
    source = text("信息来源", longest=40, list="sources", autocomplete="off")


class ReasonForm(FaultsForm):
    reason = text("理由", longest=200)


class AsOfForm(PlainForm):
    as_of = day("查看日期", required=False)


class FilterForm(PlainForm):
    """The filters of the list, as they stand in the address; what cannot be read is taken as not asked."""

    place = forms.RegexField(r"\d{15}", required=False)
    state = forms.ChoiceField(choices=[("", ""), *terms.STATES.items()], required=False)
    sex = forms.ChoiceField(choices=[("", ""), ("1", ""), ("2", "")], required=False)
    age_from = forms.IntegerField(min_value=0, max_value=130, required=False)
    age_to = forms.IntegerField(min_value=0, max_value=130, required=False)
    stale = forms.ChoiceField(choices=[("", ""), ("90", ""), ("180", ""), ("365", "")], required=False)


def read_day(text: str) -> date | None:
    """A day from an address; None when there is none or it cannot be read, or it lies ahead."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found <= clock.today() else None


class HeadForm(FaultsForm):
    """The new head's day, and what each other member is to them."""

    def __init__(self, others: Sequence[Any], *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        options = [("", "请选择"), *tables.codes("4761").items()]
        self._others = [row.person_id for row in others]
        made: dict[str, forms.Field] = {"on": day("变更日期")}
        for row in others:
            made[f"relation_{row.person_id}"] = chosen(f"{row.person.name}与新户主的关系", options)
        self.fields = {**made, **self.fields}

    def relations(self) -> dict[int, str]:
        return {pk: self.cleaned_data[f"relation_{pk}"] for pk in self._others}


class JudgeForm(FaultsForm):
    decision_kind = forms.ChoiceField(
        label="判断", choices=[("same", "是同一人，合并"), ("other", "不是同一人")], widget=forms.RadioSelect,
        error_messages={"required": "请选择判断结果。"},
    )  # fmt: skip
    keep = forms.ChoiceField(label="合并后保留", required=False, widget=forms.RadioSelect)
    reason = text("判断依据", longest=200, help_text="例如：上门核对身份证，同一人采集两次。")

    def __init__(self, records: Sequence[tuple[int, str]], *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "keep", [(str(pk), label) for pk, label in records])
        self.fields["keep"].initial = str(records[0][0])

    def decision(self, one: int, other: int) -> dict[str, Any]:
        keep = other if self.cleaned_data["keep"] == str(other) else one
        return {
            "keep_id": keep,
            "drop_id": one if keep == other else other,
            "same": self.cleaned_data["decision_kind"] == "same",
            "reason": self.cleaned_data["reason"],
        }
