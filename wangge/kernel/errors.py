"""Refusals: what the system says when it will not do something. Pure Python, so that rules can return them."""

from typing import Any


class Refusal(Exception):
    """A command that is not carried out, with the reason.

    `code` is for machines, `sentence` (Chinese) tells a person what is wrong and what to do next; `field` and `value`
    name the input at fault; `status` is the HTTP status an edge answers with; anything else lands in `data`.
    """

    def __init__(
        self, code: str, sentence: str, *, field: str | None = None, value: Any = None, status: int = 422, **data: Any
    ) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.field, self.value, self.status, self.data = (
            code,
            sentence,
            field,
            value,
            status,
            data,
        )

    def as_dict(self) -> dict[str, Any]:
        """`{code, field, value, sentence, data}` as the API prints it."""
        return {
            "code": self.code,
            "field": self.field,
            "value": self.value,
            "sentence": self.sentence,
            "data": self.data,
        }


class NotHere(Refusal):
    """The thing does not exist, or not for this reader: the two must not be told apart."""

    def __init__(self, what: str = "内容") -> None:
        super().__init__(
            "not_found", f"没有找到这项{what}，或它不在您的管辖范围内。请核对编号，或换岗位后再试。", status=404
        )


class NoRight(Refusal):
    """The active post does not carry the right."""

    def __init__(self, right: str) -> None:
        super().__init__(
            "no_right",
            "您当前的岗位没有这项权限。如工作需要，请向系统管理员申请，或切换岗位。",
            status=403,
            right=right,
        )


CONSTRAINTS: dict[str, tuple[str, str]] = {}


def explain(constraint: str, sentence: str, code: str | None = None) -> None:
    """Give the sentence (and code, default the name) that a violated database constraint reaches people with."""
    CONSTRAINTS[constraint] = (code or constraint, sentence)
