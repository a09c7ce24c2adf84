"""What the officers do with lists and with the audit log, noted in the log itself."""

from django.db import transaction

from wangge.identity import rules
from wangge.kernel import audit
from wangge.kernel.actor import Actor


@transaction.atomic
def note_export(*, actor: Actor, what: str, rows: int) -> None:
    """Note that a list (`accounts`, `audit`) was taken out of the system."""
    audit.record(actor, f"identity.{what}_exported", what, "清单", rows=rows)


def verify_audit(*, actor: Actor) -> tuple[bool, str]:
    """Walk the audit chain (audit officer): intact or not, and the sentence that says so. The check is noted."""
    actor.must(rules.AUDIT)
    intact, sentence = audit.verify()
    with transaction.atomic():
        audit.record(actor, "identity.audit_verified", "audit", "全部", intact=intact)
    return intact, sentence
