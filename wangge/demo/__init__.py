"""演示: one believable district, made only through services."""

from collections.abc import Callable


def load(size: float = 1.0, people: int | None = None, echo: Callable[[str], None] = print) -> None:
    """Load the demonstration: two districts, their people, a year of events and the last days before today.

    `people` is how many invented residents the first district gets (default 30,000; its real number is about 300,000).
    `size` multiplies the year's events. Safe to repeat: what is there stays, what an interrupted load left out is added.
    """
    from wangge.demo.loading import load as load_all

    load_all(size, people, echo)
