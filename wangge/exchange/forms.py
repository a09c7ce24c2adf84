"""What is filled in on the pages of the exchange: parsed and explained here, decided in the services."""

import re
from typing import Any

from django import forms

from wangge.exchange import terms
from wangge.kernel.forms import MISSING, PlainForm, day, offer, text

BLANK_ROWS = 4


def choice(label: str, choices: Any, *, required: bool = True, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=list(choices), required=required, help_text=help_text, error_messages=MISSING
    )


def number(label: str, lowest: float, highest: float, *, whole: bool = True, help_text: str = "") -> Any:
    kind = forms.IntegerField if whole else forms.FloatField
    said = f"应为 {lowest} 到 {highest} 之间的数。"
    return kind(
        label=label,
        min_value=lowest,  # type: ignore[arg-type]
        max_value=highest,  # type: ignore[arg-type]
        help_text=help_text,
        error_messages={**MISSING, "invalid": said, "min_value": said, "max_value": said},
    )


class FieldRows:
    """The table of a source's fields on the form: `rows` as they are shown again, `values` without the empty ones."""

    NAMES = ("key", "title", "kind", "means", "codes", "level", "required")

    def __init__(self, post: Any = None, given: list[dict[str, Any]] | None = None) -> None:
        if post is None:
            self.rows = [dict(f) for f in given or []] + [{"level": 3} for _ in range(BLANK_ROWS if given else 8)]
            return
        numbers = sorted({int(m[1]) for name in post if (m := re.fullmatch(r"f-(\d{1,3})-key", name))})
        self.rows = [{n: post.get(f"f-{i}-{n}", "").strip() for n in self.NAMES} for i in numbers[:200]]
        for row in self.rows:
            row["required"] = bool(row["required"])
            row["level"] = int(row["level"]) if row["level"] in ("1", "2", "3", "4") else 3

    @property
    def values(self) -> list[dict[str, Any]]:
        return [r for r in self.rows if r.get("key") or r.get("title")]


class SourceForm(PlainForm):
    """A new source. Where to fetch depends on its kind; the password or token is kept apart, sealed."""

    code = text("编码", longest=40, help_text="本区内不重复，例如 social-pension。")
    name = text("名称")
    owner = choice("数据所属部门", ())
    place_code = choice("数据所属区划", ())
    kind = choice("归集方式", terms.KINDS.items())
    purpose = text("用途", longest=300, help_text="归集后用来办理什么事项。")
    legal_basis = text("依据", longest=300, help_text="文件名称和条款。")
    group = choice(
        "涉及的重点人群", terms.GROUPS.items(), required=False, help_text="选择后，只有能看这类人群的岗位看得到。"
    )
    refresh = choice("更新周期", terms.REFRESH.items())
    retention_days = number("保存天数", 1, 36500, help_text="到期自动清除。")

    def __init__(self, owners: Any, places: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "owner", [("", "请选择"), *owners])
        offer(self, "place_code", places)

    def clean_place_code(self) -> int:
        return int(self.cleaned_data["place_code"])


class WhereForm(PlainForm):
    """Where a table or an interface lies. Empty for files and pushes."""

    dsn = text(
        "数据库地址",
        required=False,
        longest=200,
        help_text="postgresql://用户名@主机:端口/库名，不写口令。列名与字段编码或名称相同。",
    )
    table = text("表名", required=False, longest=80)
    order = text("排序列", required=False, longest=60, help_text="不重复、不变的列，例如主键。")
    url = text("接口地址", required=False, longest=300)
    items = text("数据所在位置", required=False, help_text="例如 data.rows；整个应答就是列表时不填。")
    page = text("页码参数", required=False, longest=40)
    size = text("每页条数参数", required=False, longest=40, help_text="例如 size=500。")
    next = text("下一页地址所在位置", required=False)
    header = text("令牌所在请求头", required=False, longest=40, help_text="不填时为 Authorization。")
    whole = choice(
        "每次取到的是", (("", "新增和变动的行"), ("yes", "全部的行")), required=False,
        help_text="选“全部的行”时，来源中已没有的行随之撤回。",
    )  # fmt: skip
    secret = forms.CharField(
        label="口令或令牌",
        required=False,
        max_length=300,
        help_text="加密保存，不再显示；不填则保持原值。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class ChangeForm(PlainForm):
    name = text("名称")
    purpose = text("用途", longest=300)
    legal_basis = text("依据", longest=300)
    refresh = choice("更新周期", terms.REFRESH.items())
    retention_days = number("保存天数", 1, 36500)
    auto = number("自动关联的概率", 0.5, 1, whole=False, help_text="不低于它的直接关联，例如 0.98。")
    review = number("复核的概率", 0.05, 1, whole=False, help_text="不低于它的交人工复核，例如 0.3。")
    clear = number("领先量", 0, 30, whole=False, help_text="比第二候选人至少高出多少，例如 4。")
    seen_step = forms.IntegerField(widget=forms.HiddenInput)


class TakeForm(PlainForm):
    file = forms.FileField(label="文件", help_text="xlsx 或 csv，最大 64 MB。表头用字段名称。", error_messages=MISSING)
    whole = forms.BooleanField(label="这是全量数据：文件中没有的行视为已撤销", required=False)


class RuleForm(PlainForm):
    field = choice("字段", (), required=False)
    check = choice("检查", [(k, v[0]) for k, v in terms.CHECKS.items()])
    parameter = text("参数", required=False, longest=100, help_text="字数、格式或范围（0~120）。")
    weight = number("权重", 1, 10)
    refuses = forms.BooleanField(label="不合格的行不收", required=False)

    def __init__(self, fields: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "field", [("", "整个批次"), *fields])


class MapForm(PlainForm):
    field = choice("字段", ())
    theirs = text("来源代码", longest=80)
    ours = text("本区代码", longest=40, help_text="代码或名称都可以。")

    def __init__(self, fields: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "field", fields)


class ReasonForm(PlainForm):
    reason = text("原因", longest=200)


class DatasetForm(PlainForm):
    code = text("目录编码", longest=40)
    name = text("名称")
    about = text("内容摘要", longest=300)
    share = choice("共享属性", terms.SHARE_KINDS.items())
    basis = text("依据", required=False, longest=300, help_text="有条件共享和不予共享须填写。")
    fields_ = forms.MultipleChoiceField(
        label="可共享的字段", widget=forms.CheckboxSelectMultiple, error_messages=MISSING
    )

    def __init__(self, fields: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "fields_", fields)


class AskForm(PlainForm):
    fields_ = forms.MultipleChoiceField(label="申请的字段", widget=forms.CheckboxSelectMultiple, error_messages=MISSING)
    full = forms.MultipleChoiceField(
        label="需要不遮挡的字段",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="其余敏感字段只给出遮挡后的内容。",
    )
    purpose = text("用途", longest=300, help_text="为办理什么事项，怎样使用。")
    legal_basis = text("依据", longest=300, help_text="文件名称和条款。")
    from_on = day("起")
    until_on = day("止", help_text="最长一年。")

    def __init__(self, fields: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "fields_", [(f.key, f"{f.title}（{terms.LEVELS[f.level]}）") for f in fields])
        offer(self, "full", [(f.key, f.title) for f in fields if f.level == 4])


class DecideForm(PlainForm):
    fields_ = forms.MultipleChoiceField(label="同意的字段", widget=forms.CheckboxSelectMultiple, required=False)
    full = forms.MultipleChoiceField(label="同意不遮挡的字段", required=False, widget=forms.CheckboxSelectMultiple)
    until_on = day("有效期至")
    note = text("意见", required=False, longest=300, help_text="不同意时必填。")
    seen_step = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, fields: Any, full: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "fields_", [(f.key, f.title) for f in fields])
        offer(self, "full", [(f.key, f.title) for f in fields if f.key in full])


class TraceForm(PlainForm):
    code = text("溯源码", longest=40, help_text="抄自数据每行的最后一列。")
