"""A household of four at the door with one new telephone, offline: what it takes a trained officer, beside the hand alone.

The journey in `tests/journeys/test_collection.py` is run in a real browser of a phone's width on a processor slowed six times. The
hand is reckoned (6 taps, 11 keys and 4 cards by the keystroke-level model), the phone is measured, from each touch until the
next screen stands. Promise: at most 30 seconds together. The floor is the hand with a phone that takes no time.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from _bench import report

JOURNEY = (
    "tests/journeys/test_collection.py::test_a_household_of_four_with_a_new_telephone_takes_six_taps_and_eleven_keys"
)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="wangge-bench-") as folder:
        command = [sys.executable, "-m", "pytest", "-q", f"--basetemp={folder}/run", JOURNEY]
        subprocess.run(command, check=True, cwd=Path(__file__).parents[1])
        hand, phone = json.loads(next(Path(folder).rglob("seconds.json")).read_text())
    print(f"the hand {hand:.1f} s, the phone {phone:.1f} s")
    report("household_visit", hand + phone, "s", hand)


if __name__ == "__main__":
    main()
