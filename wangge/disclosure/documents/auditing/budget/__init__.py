"""Rules of the budget set (B01-B30)."""

from wangge.disclosure.documents.auditing.budget import balance, codes, details, purchases, spending

__all__ = ["balance", "codes", "details", "purchases", "spending"]
