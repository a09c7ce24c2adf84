"""A person's own named filters of the case list."""

from django.db import transaction

from wangge.casework.models import SavedFilter
from wangge.casework.services import inputs
from wangge.kernel import audit
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal


@transaction.atomic
def save_filter(*, actor: Actor, name: str, query: str) -> SavedFilter:
    """Keep the query string of a list under a name; the same name again replaces it. At most 20."""
    name, query = inputs.words("name", name), inputs.words("query", query)
    if not 1 <= len(name) <= 20:
        raise Refusal("filter_name", "常用筛选的名称为 1 至 20 个字。", field="name", value=name)
    if SavedFilter.objects.filter(account_id=actor.id).exclude(name=name).count() >= 20:
        raise Refusal("filter_many", "常用筛选最多 20 个，请先删除不用的。", field="name")
    kept, _ = SavedFilter.objects.update_or_create(account_id=actor.id, name=name, defaults={"query": query[:500]})
    audit.record(actor, "casework.filter_saved", "filter", kept.pk)
    return kept


@transaction.atomic
def delete_filter(*, actor: Actor, filter_id: int) -> None:
    SavedFilter.objects.filter(pk=filter_id, account_id=actor.id).delete()
    audit.record(actor, "casework.filter_deleted", "filter", filter_id)
