"""Cases as they stood at a past moment, recomputed from their steps: what every figure about cases is counted from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from wangge.casework import terms
from wangge.casework.models import Case, Clock, Rating, Step

NOT_COUNTED = (terms.State.DECLINED, terms.State.MERGED, terms.State.VOID)
MOVES = ("dispatch", "designate", "hand_up", "hand_down")
AGAIN = ("rework", "redo", "reopen")
SATISFIED = 3


@dataclass(frozen=True, slots=True)
class AsAt:
    """Cases of a kind received from `start` up to but not at `end` within the places `lo`..`hi`, as at `moment`.

    Runs inside the reader's scope: what the reader may not see is not counted.
    """

    kind: str
    start: datetime
    end: datetime
    moment: datetime
    lo: int
    hi: int

    def received(self) -> QuerySet[Case]:
        """All that came in, whatever became of it."""
        return Case.objects.filter(
            kind=self.kind,
            received_at__gte=self.start,
            received_at__lt=min(self.end, self.moment),
            place_code__gte=self.lo,
            place_code__lte=self.hi,
        )

    def standing(self) -> Any:
        """The same with `state_then`, the state at the moment."""
        last = Step.objects.filter(case=OuterRef("pk"), at__lt=self.moment).order_by("-seq").values("to_state")[:1]
        return self.received().annotate(state_then=Subquery(last))

    def registered(self) -> QuerySet[Case]:
        """应办: what was registered, less what was not taken up, merged into another or void."""
        return self.standing().exclude(state_then__in=NOT_COUNTED)

    def done(self) -> QuerySet[Case]:
        """办结: waiting for its rating, closed or archived at the moment."""
        return self.standing().filter(state_then__in=terms.DONE)

    def on_time(self) -> QuerySet[Case]:
        """Done, and no handling of it outlasted its limit."""
        late = Clock.objects.filter(
            case=OuterRef("pk"), kind="handle", assignment__isnull=True, stopped_at__gt=F("due_at")
        ).filter(started_at__lt=self.moment)
        return self.done().filter(~Exists(late))

    def at_once(self) -> QuerySet[Case]:
        """Done without being handled again."""
        return self.done().filter(~self._stepped(AGAIN))

    def dispatched(self) -> QuerySet[Case]:
        return self.registered().filter(self._stepped(("dispatch", "designate")))

    def returned(self) -> QuerySet[Case]:
        return self.registered().filter(self._stepped(("send_back",)))

    def self_solved(self) -> QuerySet[Case]:
        return self.registered().filter(self._stepped(("self_solve",)))

    def overdue(self) -> QuerySet[Case]:
        """Open at the moment with its running limit exceeded."""
        late = Clock.objects.filter(
            Q(stopped_at__isnull=True) | Q(stopped_at__gte=self.moment),
            case=OuterRef("pk"),
            assignment__isnull=True,
            started_at__lt=self.moment,
            due_at__lt=self.moment,
        )
        return self.standing().filter(Exists(late), state_then__in=terms.OPEN)

    def moves(self) -> QuerySet[Step]:
        """The steps that passed a registered case on to an office."""
        return Step.objects.filter(case__in=self.registered().values("pk"), command__in=MOVES, at__lt=self.moment)

    def ratable(self) -> QuerySet[Case]:
        """What was put to its reporter for rating."""
        asked = Step.objects.filter(case=OuterRef("pk"), command="verify", to_state="verified", at__lt=self.moment)
        return self.registered().filter(Exists(asked))

    def rated(self) -> Any:
        """What its reporter graded, with the latest grade as `grade_then`. Silence is not a grade."""
        last = Rating.objects.filter(case=OuterRef("pk"), at__lt=self.moment).order_by("-round").values("grade")[:1]
        return self.registered().annotate(grade_then=Subquery(last)).filter(grade_then__isnull=False)

    def satisfied(self) -> QuerySet[Case]:
        return self.rated().filter(grade_then__gte=SATISFIED)

    def _stepped(self, commands: tuple[str, ...]) -> Exists:
        return Exists(Step.objects.filter(case=OuterRef("pk"), command__in=commands, at__lt=self.moment))
