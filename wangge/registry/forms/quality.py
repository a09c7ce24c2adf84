"""Forms of spot checks, limits, lists, campaigns and reminders. What a value must be is the rules' to say."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from wangge.kernel.forms import MISSING, PlainForm, day, offer, text
from wangge.registry.forms.table_fields import form_field
from wangge.registry.rules import freshness, lists, sampling, tables
from wangge.registry.terms_quality import (
    FIELDS,
    FREQUENCIES,
    LET,
    LISTS,
    QUESTIONS,
    SAMPLE_FIELDS,
    SAMPLE_KINDS,
    SAMPLE_STATES,
    SAMPLED,
    STATE_FIELD,
)

CONFIDENCE = {"0.95": "95%", "0.9": "90%", "0.99": "99%"}
OFTEN_CHECKED: dict[str, tuple[str, ...]] = {
    "person": (STATE_FIELD, "name", "phone", "employer", "home_address"),
    "dwelling": (STATE_FIELD, "let", "residents", "use"),
    "organisation": (STATE_FIELD, "name", "uscc", "address", "phone"),
}
MOST_QUESTIONS = 5
RESULT_NAMES = {"correct": "正确", "corrected": "有误，更正为", "wrong": "有误，待查", "unknown": "无法核实"}


def picks(label: str, choices: Any, *, required: bool = False, help_text: str = "") -> forms.MultipleChoiceField:
    box = forms.CheckboxSelectMultiple(attrs={"class": "checks"})
    return forms.MultipleChoiceField(
        label=label, choices=choices, widget=box, required=required, help_text=help_text, error_messages=dict(MISSING)
    )


def choice(label: str, choices: Any, *, required: bool = True, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, required=required, help_text=help_text, error_messages=dict(MISSING)
    )


def number(label: str, low: int, high: int, help_text: str = "") -> forms.IntegerField:
    wrong = f"请填 {low} 到 {high} 之间的整数。"
    return forms.IntegerField(
        label=label,
        min_value=low,
        max_value=high,
        help_text=help_text,
        error_messages={**MISSING, "invalid": wrong, "min_value": wrong, "max_value": wrong},
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class FieldsForm(PlainForm):
    """A form that picks fields of the record as `wanted`; a refusal of `fields` lands there."""

    def refuse(self, refusal: Any) -> None:
        name = "wanted" if refusal.field == "fields" else refusal.field
        self.add_error(name if name in self.fields else None, refusal.sentence)

    def values(self) -> dict[str, Any]:
        """What the services take."""
        said = dict(self.cleaned_data)
        return said | {"fields": said.pop("wanted")}


class PlanForm(FieldsForm):
    """A plan of a sample; the places are those of the actor's reach."""

    title = text("名称", longest=60)
    subject = forms.ChoiceField(choices=list(SAMPLED.items()), widget=forms.HiddenInput, required=False)
    place_code = choice("抽查范围", [])
    kinds = picks("类别", [], help_text="都不选时从全部中抽取。按街道和类别分层。")
    wanted = picks("核实项", [], required=True)
    size = number("样本量", 1, sampling.MOST)
    least = number("每层最少", 0, 1_000)
    confidence = choice("置信水平", list(CONFIDENCE.items()))
    due_on = day("完成期限")
    seed = text(
        "随机种子", required=False, longest=32, help_text="留空时自动生成。种子随方案登记，凭它可以复核抽取结果。"
    )

    def __init__(self, places: Any, subject: str, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "place_code", [("", "请选择"), *places])
        offer(self, "kinds", SAMPLE_KINDS[subject].items())
        offer(self, "wanted", SAMPLE_FIELDS[subject].items())

    def values(self) -> dict[str, Any]:
        said = super().values()
        plain = {"subject": said["subject"] or "person", "place_code": int(said["place_code"])}
        return said | plain | {"confidence": float(said["confidence"])}


class AssignForm(PlainForm):
    """Who checks, and of which place; the checkers are those whose posts reach into the plan's place."""

    checker = picks("核实人", [], required=True, help_text="按顺序轮流分派。采集或核实过该信息的人自动跳过。")
    place = choice("范围", [], required=False)

    def __init__(self, checkers: Sequence[Any], places: Any, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        named = {r.account_id: f"{r.full_name}（{r.post_name}）" for r in checkers}
        offer(self, "checker", named.items())
        offer(self, "place", [("", "全部未分派的"), *places])


class ReasonForm(PlainForm):
    reason = text("理由", required=False, longest=200)


def _right(subject: str, field: str, own: Any) -> forms.Field:
    """Where the right value of a checked field is written."""
    if field == STATE_FIELD:
        return choice("", [("", "请选择"), *SAMPLE_STATES[subject].items()], required=False)
    if subject == "person":
        return form_field(next(f for f in tables.core() if f.key == field), own)
    if field == "let":
        return choice("", [("", "请选择"), *LET.items()], required=False)
    if field == "use":
        return choice("", [("", "请选择"), *tables.codes("5.17", own).items()], required=False)
    return text("", required=False, longest=200)


class CheckForm(PlainForm):
    """One person, dwelling or organisation drawn: for every field of the plan a result, and the right value where it was wrong."""

    met = choice("是否核实到", [("1", "已核实"), ("0", "未能核实")])
    note = text("说明", required=False, longest=200, help_text="未能核实的写明原因，例如三次上门无人、电话停机。")

    def __init__(self, subject: str, planned: Sequence[str], *given: Any, own: Any = None, **more: Any) -> None:
        super().__init__(*given, **more)
        self.planned, names = planned, SAMPLE_FIELDS[subject]
        for field in planned:
            only = sampling.judged_only(subject, field)
            results = [(k, v) for k, v in RESULT_NAMES.items() if not (only and k == "corrected")]
            self.fields[f"result_{field}"] = forms.ChoiceField(
                label=names[field], choices=results, widget=forms.RadioSelect(), required=False
            )
            made = forms.CharField(required=False, widget=forms.HiddenInput) if only else _right(subject, field, own)
            made.help_text, made.label = "", f"{names[field]}应为"
            self.fields[f"value_{field}"] = made

    @property
    def rows(self) -> list[tuple[str, Any, Any]]:
        """(field, its bound result, its bound value) in the order of the plan."""
        return [(f, self[f"result_{f}"], self[f"value_{f}"]) for f in self.planned]

    def results(self) -> dict[str, str]:
        """By field; with “其余均正确” pressed, what was left open and nothing was typed for is correct."""
        rest = "correct" if self.data.get("rest") == "1" else ""
        said = {f: self.cleaned_data.get(f"result_{f}", "") for f in self.planned}
        return {f: result or ("" if self.cleaned_data.get(f"value_{f}") else rest) for f, result in said.items()}

    def changes(self) -> dict[str, Any]:
        given = {f: self.cleaned_data.get(f"value_{f}") for f in self.planned}
        return {f: v for f, v in given.items() if v not in (None, "")}

    def refuse(self, refusal: Any) -> None:
        faults = refusal.data.get("faults") or [(refusal.field, refusal.sentence)]
        for field, sentence in faults:
            result = refusal.code in ("no_result", "value_without_result")
            name = f"result_{field}" if result else f"value_{field}"
            self.add_error(name if name in self.fields else field if field in self.fields else None, sentence)


class LimitForm(PlainForm):
    subject = choice("对象", list(freshness.SUBJECT_NAMES.items()))
    days = number("核实周期（天）", 1, 3650)
    from_on = day("起用日期")


class DueRuleForm(PlainForm):
    """What a district sets of a rule; empty stays as shipped."""

    rule = choice("到期规则", [])
    is_used = choice("是否采用", [("1", "采用"), ("0", "不采用")])
    months = number("周期（月）", 1, 240, "按月份推算的规则填写。")
    years = number("年龄（周岁）", 1, 120, "按年龄推算的规则填写。")
    lead = number("提前提醒（天）", 0, 365)
    basis = text("依据", longest=200, help_text="文件名称和条款，或本区决定的日期和文号。")
    from_on = day("起用日期")

    def __init__(self, rules: Sequence[Any], *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "rule", [("", "请选择"), *((r.code, f"{r.title}（{r.period}）") for r in rules)])
        for name in ("months", "years", "lead"):
            self.fields[name].required = False

    def values(self) -> dict[str, Any]:
        return self.cleaned_data | {"is_used": self.cleaned_data["is_used"] == "1"}


class ListForm(PlainForm):
    name = text("清单名称", longest=40)
    basis = text("制定依据", required=False, longest=200)


class PublishForm(PlainForm):
    from_on = day("施行日期", help_text="自这一天起按新版办理，原版同日废止。")


class ItemForm(FieldsForm):
    code = text("序号", longest=10)
    title = text("事项", longest=80)
    basis = text("依据", required=False, longest=200, help_text="文件名称和条款。可以部署的清单必填。")
    owner = text("责任单位", required=False, longest=60)
    frequency = choice("频次", list(FREQUENCIES.items()))
    note = text("说明", required=False, longest=200)
    wanted = picks("可采集项", list(FIELDS.items()), help_text="部署任务时只能从这里选择采集项。")


class DraftForm(PlainForm):
    kind = choice("清单", list(LISTS.items()))


class CampaignForm(FieldsForm):
    """A task to the grids. `item` is free text, so that what no list names is answered with the list, not with silence."""

    title = text("名称", longest=60)
    item = text("清单事项", longest=80, list="items", help_text="填写清单中的事项名称；不在清单内的不能部署。")
    place_code = choice("部署范围", [])
    people = choice("对象", list(lists.POPULATIONS.items()), required=False)
    from_on = day("开始日期")
    until = day("截止日期")
    text = text("说明", required=False, longest=500)
    wanted = picks("采集项", list(FIELDS.items()), help_text="限清单事项列明的项。已登记且未超核实周期的不再询问。")

    def __init__(self, places: Any, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        offer(self, "place_code", [("", "请选择"), *places])
        for n in range(1, MOST_QUESTIONS + 1):
            self.fields[f"label_{n}"] = forms.CharField(label=f"询问项 {n}", required=False, max_length=60)
            self.fields[f"kind_{n}"] = choice("回答方式", list(QUESTIONS.items()), required=False)
            self.fields[f"choices_{n}"] = forms.CharField(
                label="选项", required=False, max_length=200, help_text="选项之间用顿号隔开。"
            )

    @property
    def questions(self) -> list[tuple[Any, Any, Any]]:
        return [(self[f"label_{n}"], self[f"kind_{n}"], self[f"choices_{n}"]) for n in range(1, MOST_QUESTIONS + 1)]

    def values(self) -> dict[str, Any]:
        said = self.cleaned_data
        asked = []
        for n in range(1, MOST_QUESTIONS + 1):
            if label := said[f"label_{n}"].strip():
                options = [c.strip() for c in said[f"choices_{n}"].replace("，", "、").split("、") if c.strip()]
                asked.append({"key": f"q{n}", "label": label, "kind": said[f"kind_{n}"] or "text", "choices": options})
        plain = {k: said[k] for k in ("title", "item", "people", "from_on", "until", "text")}
        return plain | {"fields": said["wanted"], "place_code": int(said["place_code"]), "questions": asked}


class AnswerForm(PlainForm):
    """The campaign's own questions, for one person."""

    def __init__(self, questions: Sequence[Mapping[str, Any]], *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        for one in questions:
            if one["kind"] == "text":
                made: forms.Field = forms.CharField(label=one["label"], max_length=200, required=False)
            else:
                options = ["是", "否"] if one["kind"] == "yes_no" else one["choices"]
                made = choice(one["label"], [("", "请选择"), *((c, c) for c in options)], required=False)
            self.fields[one["key"]] = made


class SettleForm(PlainForm):
    outcome = choice("结果", [("done", "已办理"), ("ignored", "不需办理")])
    reason = text("说明", required=False, longest=200)
