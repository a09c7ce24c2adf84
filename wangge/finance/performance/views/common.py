"""What the pages share: doing an act and answering its refusal beside the fields."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from wangge.finance.performance import rules
from wangge.identity.access import requires
from wangge.kernel.errors import Refusal
from wangge.kernel.web import as_refusal

SEE = requires(rules.VIEW, rules.EDIT, rules.APPROVE)
EDIT = requires(rules.EDIT)
MOVE = requires(rules.EDIT, rules.APPROVE)


def attempt(act: Callable[[], Any]) -> Refusal | None:
    """Run a service; its refusal (or that of a constraint) as a value, with everything it wrote undone."""
    try:
        with transaction.atomic():
            act()
    except (Refusal, IntegrityError) as error:
        refusal = as_refusal(error)
        if refusal is None or refusal.status in (403, 404):
            raise
        return refusal
    return None
