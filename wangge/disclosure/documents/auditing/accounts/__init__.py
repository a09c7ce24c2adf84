"""Rules of the accounts set (F01-F25)."""

from wangge.disclosure.documents.auditing.accounts import balance, between, tables

__all__ = ["balance", "between", "tables"]
