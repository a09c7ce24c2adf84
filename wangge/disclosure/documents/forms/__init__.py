"""The layout of what is printed, as data: the budget set, the accounts set, the performance forms."""

from wangge.disclosure.documents.forms.shapes import Edition, Form, edition

__all__ = ["Edition", "Form", "accounts_forms", "budget_forms"]


def budget_forms(year: int) -> tuple[Form, ...]:
    """The tables of the budget set in their printed order, as the form of that year has them."""
    from wangge.disclosure.documents.forms.budget import EDITIONS

    return edition(EDITIONS, year).forms


def accounts_forms(year: int) -> tuple[Form, ...]:
    """The tables 公开01-09 as the form of that year has them."""
    from wangge.disclosure.documents.forms.accounts import EDITIONS

    return edition(EDITIONS, year).forms
