"""Fixtures of the room, and of the tests of its command: a judge that answers at once with a known report, whatever the bytes."""

import hashlib
import os

import pytest

from wangge.disclosure import terms
from wangge.disclosure.documents.model import Report, Unreadable
from wangge.disclosure.tests import audit_sample as sample


@pytest.fixture
def known_reports(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """`terms.audit_bytes` answers by the first word of the file; gives the names it was asked for.

    clean: nothing found; scan: unreadable; bug: an exception; kill: the process is gone; anything else: the sample.
    """
    asked: list[str] = []

    def judge(data: bytes, name: str) -> Report:
        asked.append(name)
        word = data.split()[0] if data.split() else b""
        if word == b"scan":
            raise Unreadable("scanned", "这是扫描件，没有文字层。请用带文字的版本。")
        if word == b"bug":
            raise ZeroDivisionError("a fault of ours")
        if word == b"kill":
            os._exit(9)
        report = sample.report(clean=word == b"clean", file=name, sha256=hashlib.sha256(data).hexdigest())
        return report

    monkeypatch.setattr(terms, "audit_bytes", judge)
    return asked
