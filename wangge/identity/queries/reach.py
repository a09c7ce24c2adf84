"""Who may do what where: the posts held on a day, by right and place."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from wangge.identity import rules
from wangge.identity.models import Appointment
from wangge.kernel import clock


@dataclass(frozen=True, slots=True)
class Reach:
    """An account at a post: whom one may give work within [lo, hi]."""

    account_id: int
    full_name: str
    post_name: str
    lo: int
    hi: int

    def covers(self, place: int) -> bool:
        return self.lo <= place <= self.hi


def who_may(rights: Collection[str], lo: int, hi: int, on: date | None = None) -> list[Reach]:
    """Everybody in office on the day whose post carries one of the rights and touches [lo, hi]; by name, each post once.

    Posts are found by their own place; a post without one sees no place and is left out.
    """
    held = Appointment.objects.filter(
        Q(post__role__rights__overlap=list(rights)),
        period__contains=on or clock.today(),
        post__is_active=True,
        account__is_active=True,
        post__place_code__isnull=False,
        # The interval of a place begins with its own code, so a post above [lo, hi] may have a smaller one.
        post__place_code__range=(lo - lo % 1_000_000_000, hi),
    ).select_related("account", "post")
    found = {}
    for one in held.order_by("account__full_name", "account_id", "pk"):
        sight = rules.sees(one.post.role_id, one.post.place_code, one.post.department_id)
        if sight.lo <= hi and sight.hi >= lo:
            key = (one.account_id, one.post_id)
            found[key] = Reach(one.account_id, one.account.full_name, one.post.name, sight.lo, sight.hi)
    return list(found.values())
