"""Wrong query codes are counted: eight characters cannot be guessed in a few tries, and there are only a few. So are requests."""

import time
from collections import OrderedDict, deque
from threading import Lock


class Tries:
    """At most `count` failures a key within `seconds`, in this process. Old keys are forgotten."""

    def __init__(self, count: int, seconds: float, keep: int = 20_000) -> None:
        self.count, self.seconds, self.keep = count, seconds, keep
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def spent(self, key: str) -> bool:
        """Whether the key has no try left for now."""
        with self._lock:
            return len(self._recent(key)) >= self.count

    def failed(self, key: str) -> None:
        with self._lock:
            self._recent(key).append(time.monotonic())
            self._failures.move_to_end(key)
            while len(self._failures) > self.keep:
                self._failures.popitem(last=False)

    def forget(self) -> None:
        self._failures.clear()

    def _recent(self, key: str) -> deque[float]:
        found = self._failures.setdefault(key, deque(maxlen=self.count))
        while found and time.monotonic() - found[0] > self.seconds:
            found.popleft()
        return found


# Requests about one's own data: a household asks once or twice, who floods an office or fishes in others' names asks often.
by_asker = Tries(count=10, seconds=3600)
by_address = Tries(count=10, seconds=600)
by_number = Tries(count=30, seconds=3600)
