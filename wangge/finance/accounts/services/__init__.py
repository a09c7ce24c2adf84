"""Writes of the execution."""

from wangge.finance.accounts.services.books import (
    close_month,
    close_year,
    open_year,
    receive,
    recognise_appropriations,
    record_opening,
    reopen_month,
)
from wangge.finance.accounts.services.contracts import end_contract, inspect, settle_instalment, sign_contract
from wangge.finance.accounts.services.payments import (
    approve_payment,
    cancel_payment,
    draft_payment,
    pay,
    pay_instalment,
    return_payment,
    reverse_payment,
    submit_payment,
)
from wangge.finance.accounts.services.registers import Record, explain, fill_baseline, record_register, void_register

__all__ = [
    "Record",
    "approve_payment",
    "cancel_payment",
    "close_month",
    "close_year",
    "draft_payment",
    "end_contract",
    "explain",
    "fill_baseline",
    "inspect",
    "open_year",
    "pay",
    "pay_instalment",
    "receive",
    "recognise_appropriations",
    "record_opening",
    "record_register",
    "reopen_month",
    "return_payment",
    "reverse_payment",
    "settle_instalment",
    "sign_contract",
    "submit_payment",
    "void_register",
]
