"""The small form of one command: just the inputs that the table of moves asks for, and a few that may be given."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict

from wangge.casework import queries as casework
from wangge.casework import terms
from wangge.desk import queries
from wangge.events import queries as events
from wangge.kernel import clock
from wangge.kernel.actor import Actor
from wangge.kernel.forms import offer

# The commands that bring a case further; their buttons stand out.
FORWARD = ("accept", "confirm", "dispatch", "sign", "finish", "support_done", "verify", "resume", "grant_extension")
# What each command's form shows, in order; what is not needed by the table of moves may stay empty.
INPUTS: Mapping[str, tuple[str, ...]] = {
    "accept": ("category", "urgency", "text"),
    "check": ("text",),
    "decline": ("reason", "text"),
    "confirm": ("text", "category", "files"),
    "refute": ("reason", "text", "files"),
    "hand_up": ("text",),
    "hand_down": ("department", "text"),
    "dispatch": ("department", "supports", "text"),
    "designate": ("department", "supports", "text"),
    "sign": ("text",),
    "send_back": ("proposed", "text", "files"),
    "finish": ("outcome", "text", "files"),
    "support_done": ("text", "files"),
    "waive_support": ("department", "text"),
    "ask_hold": ("reason", "until", "text", "files"),
    "hold": ("reason", "until", "text"),
    "deny_hold": ("text",),
    "resume": ("text",),
    "ask_extension": ("amount", "text"),
    "grant_extension": ("text",),
    "deny_extension": ("text",),
    "verify": ("text", "files"),
    "rework": ("text", "files"),
    "rate": ("grade", "text"),
    "redo": ("text",),
    "reopen": ("text", "files"),
    "merge": ("original", "text"),
    "split": ("text",),
    "ask_void": ("text",),
    "void": ("text",),
    "urge": ("text",),
    "supervise": ("text",),
    "recategorise": ("category", "text"),
    "note": ("text", "is_public", "files"),
    "close": ("text",),
}
# Commands that can be taken for many cases at once: their inputs mean the same for every one of them.
BULK = ("accept", "check", "dispatch", "decline", "sign", "urge", "supervise", "note", "merge", "verify", "hand_up")
LABELS = {
    "reason": "原因",
    "text": "说明",
    "department": "承办单位",
    "supports": "协办单位",
    "proposed": "建议承办单位",
    "original": "主件编号",
    "until": "预计恢复日期",
    "amount": "延长天数",
    "grade": "评价等级",
    "category": "类别",
    "urgency": "紧急程度",
    "outcome": "办理结果",
    "is_public": "向反映人公开",
}
# The word for the free text where “说明” says too little.
TEXT_LABELS = {
    "decline": "答复反映人的话",
    "finish": "办理情况",
    "support_done": "协办情况",
    "confirm": "核实情况",
    "refute": "核实情况",
    "send_back": "退回依据",
    "note": "进展",
    "hand_up": "上报理由",
    "rework": "不通过的原因",
    "supervise": "督办要求",
    "rate": "反映人的话",
}
HELP = {
    "decline.text": "写明为什么不受理、应当向哪里反映。",
    "refute.text": "写明现场看到的情况。",
    "send_back.proposed": "退回须写明您认为应当承办的单位。",
    "send_back.text": "写明依据职责清单的哪一条。",
    "finish.text": "写明做了什么、结果如何；反映人会看到这段话。",
    "merge.original": "本件并入这一件，反映人跟随主件得到答复。",
    "dispatch.supports": "可选多个；主办单位不能同时协办。",
    "recategorise.category": "改类别后，正在计时的时限起点不变，改按新类别的时限计算。",
}
REASONS = {
    "decline": terms.DECLINE_REASONS,
    "refute": terms.DECLINE_REASONS,
    "ask_hold": terms.HOLD_REASONS,
    "hold": terms.HOLD_REASONS,
}


class Options(forms.Select):
    """A select whose options carry what else they can be found by (`data-key`)."""

    def __init__(self, *args: Any, keys: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = keys or {}
        self.attrs["data-search"] = ""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if key := self.keys.get(str(value)):
            option["attrs"]["data-key"] = key
        return option


class ManyOptions(forms.CheckboxSelectMultiple):
    """Boxes to tick, each carrying what else it can be found by (`data-key`)."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        super().__init__(attrs={"class": "checks"})
        self.keys = keys

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"] = {**option["attrs"], "class": "", "data-key": self.keys.get(str(value), "")}
        return option


class CommandForm(forms.Form):
    """One command's inputs. It checks nothing that the service decides; a refusal is put beside its field by `refuse`."""

    seen_step = forms.IntegerField(widget=forms.HiddenInput, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        command: str,
        *,
        actor: Actor,
        case: Any = None,
        district: int | None = None,
        data: QueryDict | None = None,
        initial: Mapping[str, Any] | None = None,
        skip: Iterable[str] = (),
    ) -> None:
        self.command, self.actor, self.case = command, actor, case
        self.district = case.district_code if case is not None else (district or 0)
        needed = set(casework.needs(case, command)) if case is not None else set()
        first = {"seen_step": case.step if case is not None else None, "key": uuid.uuid4(), **(initial or {})}
        if case is not None:
            first = {"category": case.category, "urgency": case.urgency, "outcome": "resolved", **first}
        super().__init__(data, initial=first, use_required_attribute=False)
        self.kept_files = data.getlist("files") if data is not None else []
        self.takes_files = False
        for name in INPUTS.get(command, ("text",)):
            if name in skip:
                continue
            if name == "files":
                self.takes_files = True
                continue
            self.fields[name] = self._field(name, name in needed)

    @property
    def verb(self) -> str:
        """The word on the button."""
        return terms.COMMANDS.get(self.command, self.command)

    def _field(self, name: str, required: bool) -> forms.Field:
        label = TEXT_LABELS.get(self.command, LABELS["text"]) if name == "text" else LABELS[name]
        common: dict[str, Any] = {
            "label": label,
            "required": required,
            "help_text": HELP.get(f"{self.command}.{name}", ""),
        }
        make = getattr(self, f"_{name}", None)
        if make is not None:
            field: forms.Field = make(common)
        elif name in ("department", "proposed"):
            field = self._choose(self._offices(), common)
        elif name == "supports":
            options = queries.department_choices(self.actor, self.district)
            field = forms.MultipleChoiceField(
                **common,
                choices=[(o.value, o.label) for o in options],
                widget=ManyOptions({o.value: o.key for o in options}),
            )
        else:
            field = forms.CharField(**common)
        field.widget.attrs.setdefault("aria-required", "true" if required else "false")
        return field

    def _offices(self) -> list[queries.Choice]:
        if self.command == "hand_down" and self.case is not None:
            return queries.lower_offices(self.actor, self.case)
        if self.command == "waive_support" and self.case is not None:
            waiting = [p for p in casework.parts(self.actor, self.case) if p.role == "support" and p.done_at is None]
            return [queries.Choice(p.department.code, p.department.name, "") for p in waiting]
        return queries.department_choices(self.actor, self.district)

    def _choose(self, options: list[queries.Choice], common: Mapping[str, Any]) -> forms.Field:
        choices = [("", "请选择"), *((o.value, o.label) for o in options)]
        return forms.ChoiceField(**common, choices=choices, widget=Options(keys={o.value: o.key for o in options}))

    def _text(self, common: Mapping[str, Any]) -> forms.Field:
        return forms.CharField(**common, widget=forms.Textarea(attrs={"rows": 4, "maxlength": 2000}))

    def _reason(self, common: Mapping[str, Any]) -> forms.Field:
        listed = REASONS.get(self.command, {})
        return forms.ChoiceField(**common, choices=[("", "请选择"), *listed.items()])

    def _category(self, common: Mapping[str, Any]) -> forms.Field:
        groups = queries.category_choices(self.district)
        keys = {o.value: o.key for _, listed in groups for o in listed}
        choices: list[Any] = [
            ("", "请选择"),
            *((name, [(o.value, o.label) for o in listed]) for name, listed in groups),
        ]
        return forms.ChoiceField(**common, choices=choices, widget=Options(keys=keys))

    def _urgency(self, common: Mapping[str, Any]) -> forms.Field:
        return forms.ChoiceField(**common, choices=list(terms.URGENCIES.items()))

    def _outcome(self, common: Mapping[str, Any]) -> forms.Field:
        listed = [(k, v) for k, v in terms.OUTCOMES.items() if k not in ("self_solved", "duplicate")]
        return forms.ChoiceField(**common, choices=listed)

    def _grade(self, common: Mapping[str, Any]) -> forms.Field:
        return forms.ChoiceField(**{**common, "required": True}, choices=[("", "请选择"), *terms.GRADES.items()])

    def _until(self, common: Mapping[str, Any]) -> forms.Field:
        last = clock.today() + timedelta(days=terms.MAX_HOLD_DAYS)
        widget = forms.DateInput(
            format="%Y-%m-%d",
            attrs={"type": "date", "min": str(clock.today() + timedelta(days=1)), "max": str(last)},
        )
        return forms.CharField(
            **{**common, "help_text": f"最多 {terms.MAX_HOLD_DAYS} 日；到期自动恢复计时。"}, widget=widget
        )

    def _amount(self, common: Mapping[str, Any]) -> forms.Field:
        return forms.CharField(
            **{**common, "help_text": f"工作日，累计不超过 {terms.MAX_EXTENSION_DAYS}；须在到期前申请。"},
            widget=forms.NumberInput(attrs={"min": 1, "max": terms.MAX_EXTENSION_DAYS}),
        )

    def _is_public(self, common: Mapping[str, Any]) -> forms.Field:
        return forms.BooleanField(**{**common, "required": False, "help_text": "勾选后，反映人查询进度时能看到这条。"})

    def given(self) -> dict[str, Any]:
        """What was entered, as `casework.services.act` takes it; empty inputs are left out."""
        data, found = self.data, {}
        for name in self.fields:
            if name in ("seen_step", "key"):
                continue
            value: Any = data.getlist(name) if name == "supports" else data.get(name, "")  # type: ignore[attr-defined]
            if name == "is_public":
                value = value in ("on", "1", "true")
            if value not in ("", [], None, False):
                found[name] = value
        return found

    def refuse(self, sentence: str, field: str | None) -> None:
        """Put a refusal beside the field it names, or above the form."""
        self.full_clean()
        self.errors.clear()
        if field in self.fields and field not in ("seen_step", "key"):
            self.add_error(field, sentence)
            self.fields[field].widget.attrs["aria-invalid"] = "true"
        else:
            self.add_error(None, sentence)

    def refresh(self, case: Any) -> None:
        """Let the person send the same words again, now on the state they have been shown."""
        self.case = case
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["seen_step"] = str(case.step)  # type: ignore[index]


class PickForm:
    """The ticked rows of a list: each value is `number~step`, the step being the one the reader looked at."""

    def __init__(self, values: Iterable[str]) -> None:
        self.picked: list[tuple[str, int]] = []
        for value in dict.fromkeys(values):
            number, _, step = value.partition("~")
            if number and step.isdigit():
                self.picked.append((number, int(step)))


class CategoryForm(forms.Form):
    """One 小类 of the duty catalogue: limits as amount and unit, lead, level, flags, and from which day on."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    effective_from = forms.DateField(
        label="生效日期",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="此前收到的件仍按旧版本计时。",
    )
    note = forms.CharField(label="依据", max_length=200, help_text="文件名称和文号，或会议决定。")
    platform = forms.ChoiceField(label="平台")
    level = forms.ChoiceField(label="办理层级")
    lead = forms.ChoiceField(label="主办单位")
    urgency = forms.ChoiceField(label="紧急程度", choices=list(terms.URGENCIES.items()))
    verify_mode = forms.ChoiceField(label="核查方式")
    photo = forms.BooleanField(label="上报须附照片", required=False)
    self_solve = forms.BooleanField(label="网格员可自行处置", required=False)
    open = forms.CharField(label="立案条件", required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    close = forms.CharField(label="结案条件", required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(
        self, one: Any, catalogue: Any, version: int, *, leads: list[tuple[str, str]], data: QueryDict | None = None
    ) -> None:
        now = queries.category_fields(one)
        first: dict[str, Any] = {**now, "seen_version": version, "effective_from": clock.today()}
        for name in queries.LIMITS:
            first[f"{name}_amount"], first[f"{name}_unit"] = now[name].split(" ")
        super().__init__(data, initial=first, use_required_attribute=False)
        offered = dict(leads)
        if now["lead"] not in offered:
            offered = {now["lead"]: now["lead"], **offered}
        for name, choices in (
            ("platform", [(p.code, p.name) for p in catalogue.platforms]),
            ("level", list(events.LEVEL_NAMES.items())),
            ("lead", list(offered.items())),
            ("verify_mode", list(events.VERIFY_NAMES.items())),
        ):
            offer(self, name, choices)
        for name, label in queries.LIMITS.items():
            self.fields[f"{name}_amount"] = forms.DecimalField(
                label=label,
                min_value=0,
                max_digits=6,
                decimal_places=1,
                widget=forms.NumberInput(attrs={"step": "0.5"}),
            )
            self.fields[f"{name}_unit"] = forms.ChoiceField(label=f"{label}单位", choices=list(queries.UNITS.items()))

    def limits(self) -> list[tuple[Any, Any]]:
        """The amount and unit fields of each limit, side by side."""
        return [(self[f"{name}_amount"], self[f"{name}_unit"]) for name in queries.LIMITS]

    def changes(self) -> dict[str, Any]:
        """The fields as `events.services.save_category` names them."""
        given = {
            k: self.cleaned_data[k]
            for k in ("platform", "level", "lead", "urgency", "verify_mode", "photo", "self_solve", "open", "close")
        }
        for name in queries.LIMITS:
            amount = self.cleaned_data[f"{name}_amount"]
            number = int(amount) if amount == amount.to_integral_value() else amount.normalize()
            given[name] = f"{number} {self.cleaned_data[f'{name}_unit']}"
        return given

    def refuse(self, sentence: str, field: str | None) -> None:
        """Put a refusal beside the field it names, or above the form."""
        self.add_error(field if field in self.fields else None, sentence)


class IntakeForm(forms.Form):
    """A report taken at the desk, by telephone or at the counter: what, where, and who said it if they wish."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    # Only the words are kept as a draft in the browser: names and phones have no place on a shared machine.
    text = forms.CharField(
        label="情况", max_length=2000, widget=forms.Textarea(attrs={"rows": 5, "data-draft": "new-event"})
    )
    category = forms.ChoiceField(label="类别", required=False, help_text="不选时由系统按内容建议，受理时确定。")
    lng = forms.FloatField(label="经度", min_value=-180, max_value=180)
    lat = forms.FloatField(label="纬度", min_value=-90, max_value=90)
    seen_at = forms.CharField(
        label="发现时间", widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    )
    source = forms.ChoiceField(label="来源", choices=[(k, terms.SOURCES[k]) for k in ("desk", "hotline", "department")])
    urgency = forms.ChoiceField(label="紧急程度", choices=list(terms.URGENCIES.items()))
    is_secret = forms.BooleanField(label="涉及保密", required=False)
    name = forms.CharField(label="反映人姓名", required=False, max_length=40)
    phone = forms.CharField(label="反映人电话", required=False, max_length=20, help_text="加密保存，查看须写明原因。")

    def __init__(self, district: int, data: QueryDict | None = None) -> None:
        first = {
            "key": uuid.uuid4(),
            "seen_at": clock.local(clock.now()).strftime("%Y-%m-%dT%H:%M"),
            "urgency": "normal",
        }
        super().__init__(data, initial=first, use_required_attribute=False)
        self.kept_files = data.getlist("files") if data is not None else []
        groups = queries.category_choices(district)
        category = self.fields["category"]
        category.choices = [  # type: ignore[attr-defined]
            ("", "由系统建议"),
            *((group, [(o.value, o.label) for o in listed]) for group, listed in groups),
        ]
        category.widget = Options(keys={o.value: o.key for _, listed in groups for o in listed})
        category.widget.choices = category.choices  # type: ignore[attr-defined]

    def clean_seen_at(self) -> datetime:
        """The wall-clock time of China as a moment."""
        raw = self.cleaned_data["seen_at"]
        try:
            moment = datetime.fromisoformat(raw)
        except ValueError:
            raise forms.ValidationError("请按 2026-01-31 08:30 的格式填写发现时间。") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=clock.ZONE)

    def refuse(self, sentence: str, field: str | None) -> None:
        """Put a refusal beside the field it names, or above the form."""
        self.add_error(field if field in self.fields else None, sentence)
