"""What the exchange seals, told to the change of keys."""

from typing import Any

from wangge.exchange import queries
from wangge.exchange.models import Record
from wangge.exchange.queries.sources import PURPOSE
from wangge.exchange.rules import quality
from wangge.exchange.services.intake import key_of
from wangge.kernel import resealing
from wangge.kernel.sealed import Blinder
from wangge.registry.queries import linking


def declare() -> None:
    """Every sealed column of the room and the blind indexes that follow from them. Called once, when the room is ready."""
    resealing.keep("exchange.Source", "sealed", PURPOSE, lambda r: f"source:{r.code}")
    resealing.keep("exchange.Record", "sealed", PURPOSE, lambda r: f"record:{r.pk}", version="key_version")
    resealing.keep_list("exchange.Intake", "refused", PURPOSE, lambda r, at: f"intake:{r.pk}:{at}")
    resealing.keep("exchange.PrivacyRequest", "sealed", "people", lambda r: f"privacy:{r.pk}", version="key_version")
    resealing.index("exchange.Record", ("key_index", "id_index", "phone_index"), "people-index", _indexes)


def _indexes(row: Record, blinder: Blinder) -> dict[str, Any]:
    if row.sealed is None:  # emptied: nothing is left to look up by
        return {}
    values = queries.opened(row)
    core = {f.means: values.get(f.key, "") for f in quality.fields_of(row.source.fields) if f.means}
    number, phone = core.get("id_number", ""), linking.check_phone(core.get("phone", ""))[0]
    kind = core.get("id_type", "") or linking.guess_type(number)
    checked = linking.check_document(kind, number)
    return {
        "key_index": blinder.blind(key_of(row.source_id, core.get("key", ""), number if row.id_index else "", values)),
        "id_index": blinder.blind(linking.document_key(kind, checked.number)) if row.id_index else None,
        "phone_index": blinder.blind(f"phone:{phone}") if row.phone_index else None,
    }
