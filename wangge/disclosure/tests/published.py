"""The published documents beside the project, each read and audited once for all tests that ask for its findings."""

from functools import cache
from pathlib import Path

import pytest

from wangge.disclosure.documents.auditing import audit
from wangge.disclosure.documents.model import Report
from wangge.disclosure.documents.reading import read, understand

SHARED = Path(__file__).resolve().parents[4] / "shared"
SAMPLE = SHARED / "audit" / "findings-sample.json"
BESIDE = pytest.mark.skipif(not SAMPLE.exists(), reason="the published documents are not beside the project")


@cache
def report(name: str) -> Report:
    (path,) = SHARED.glob(f"seeds/{name}_*.txt")
    return audit(understand(read(path.read_bytes(), path.name)))
