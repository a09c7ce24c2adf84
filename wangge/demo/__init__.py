"""演示: one believable district, made only through services."""

from collections.abc import Callable


def load(size: float = 1.0, echo: Callable[[str], None] = print) -> None:
    """Load the demonstration: two districts, their people, a year of events and the last days before today.

    `size` multiplies the year's events. Safe to repeat: what is there stays, what an interrupted load left out is added.
    """
    from wangge.demo.loading import load as load_all

    load_all(size, echo)
