"""One wrong number in a right document: the share of random changes whose cell the audit names. Promise: at least 90 %.

Changes are made in the amounts of all tables of money: a budget set and an accounts set made by hand, and the published
documents beside the project when they are there (only the rules of tables are asked, not the sentences that repeat the
figures). What cannot be named is told by its reason. The floor is 1: every changed amount.
"""

import sys
from pathlib import Path

from _bench import report

from wangge.disclosure.documents.reading import read, understand
from wangge.disclosure.tests.make_mutations import Outcome, try_changes
from wangge.disclosure.tests.make_sets import accounts, budget

SHARED = Path(__file__).resolve().parents[2] / "shared"
EACH, SEED, LARGE = 75, 20200101, 3_000_000


def main(each: int = EACH) -> None:
    documents = [("一套预算表", budget()), ("一套决算表", accounts())]
    for path in [*sorted(SHARED.glob("seeds/*.txt")), *sorted(SHARED.glob("data/documents/*.pdf"))]:
        try:
            documents.append((path.name, understand(read(path.read_bytes(), path.name))))
        except Exception as reason:
            print(f"{path.name}: {reason}")
    total = Outcome()
    for name, document in documents:
        outcome = try_changes(document, each, SEED)
        if outcome.changes:
            print(f"{name}: {outcome.named} / {outcome.changes}，其中首位标出 {outcome.marked}")
        total.add(outcome)
    for why, times in total.missed.most_common():
        print(f"未指出 {times}: {why}")
    for example in total.examples[:20]:
        print(f"  {example}")
    report("audit_mutations", total.share, "share", 1.0)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
