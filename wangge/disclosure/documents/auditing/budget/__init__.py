"""Rules of the budget set (B01-B30)."""

from wangge.disclosure.documents.auditing.budget import balance, codes, details, spending

__all__ = ["balance", "codes", "details", "spending"]
