"""The life of a supervision card: explained by the office, upheld or cancelled by a second person, appealed once."""

from django.db import transaction

from wangge.casework.models import Card, Case
from wangge.casework.services import inputs
from wangge.kernel import audit
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal


def _locked(card_id: int) -> Card:
    """The card, with its case locked first, as every other writer does: what it judges cannot change meanwhile."""
    case_id = Card.objects.filter(pk=card_id).values_list("case_id", flat=True).first()
    if case_id is None or not Case.objects.select_for_update().filter(pk=case_id).exists():
        raise NotHere("督办牌")
    return Card.objects.select_for_update(of=("self",)).select_related("case").get(pk=card_id)


def _own(actor: Actor, card: Card) -> None:
    actor.must("cards.explain")
    if card.department_id is None or card.department_id != actor.department_id:
        raise Refusal("not_in_charge", "只有被发牌的单位可以说明或申诉。", status=403)


@transaction.atomic
def explain_card(*, actor: Actor, card_id: int, text: str) -> Card:
    """The office that got the card explains it."""
    card = _locked(card_id)
    _own(actor, card)
    if card.state != Card.State.ISSUED:
        raise Refusal("card_state", f"这张牌的状态为“{card.get_state_display()}”，不能再说明。", status=409)
    text = inputs.words("text", text)
    if len(text) < 5:
        raise Refusal("text_short", "请写明原因和整改措施，不少于 5 个字。", field="text", value=text)
    card.state, card.explanation, card.explained_by = Card.State.EXPLAINED, text, actor.id
    card.save(update_fields=["state", "explanation", "explained_by"])
    audit.record(actor, "casework.card_explained", "card", card.pk, number=card.case.number)
    return card


@transaction.atomic
def judge_card(*, actor: Actor, card_id: int, uphold: bool, text: str) -> Card:
    """A supervisor other than the explainer upholds or cancels the card; a cancelled card stays in the log."""
    actor.must("cards.judge")
    card = _locked(card_id)
    if card.state not in (Card.State.EXPLAINED, Card.State.APPEALED, Card.State.ISSUED):
        raise Refusal("card_state", f"这张牌的状态为“{card.get_state_display()}”，已经审定。", status=409)
    if actor.id in (card.explained_by, card.judged_by):
        raise Refusal("separation_of_duties", "说明人或原审定人不能审定这张牌，请由其他督办员审定。", status=409)
    text = inputs.words("text", text)
    if not text:
        raise Refusal("missing_input", "请填写审定理由。", field="text")
    card.state = Card.State.UPHELD if uphold else Card.State.CANCELLED
    card.judgement, card.judged_by = text, actor.id
    card.save(update_fields=["state", "judgement", "judged_by"])
    standing = Card.objects.filter(case=card.case).exclude(state=Card.State.CANCELLED).values_list("colour", flat=True)
    colour = "red" if "red" in standing else ("yellow" if standing else "")
    Case.objects.filter(pk=card.case_id).update(card=colour)
    audit.record(actor, "casework.card_judged", "card", card.pk, number=card.case.number, upheld=uphold)
    return card


@transaction.atomic
def appeal_card(*, actor: Actor, card_id: int, text: str) -> Card:
    """Against an upheld card, once."""
    card = _locked(card_id)
    _own(actor, card)
    if card.state != Card.State.UPHELD or card.appeal:
        raise Refusal("card_state", "只有维持的牌可以申诉，且只能申诉一次。", status=409)
    text = inputs.words("text", text)
    if len(text) < 5:
        raise Refusal("text_short", "请写明申诉理由，不少于 5 个字。", field="text", value=text)
    card.state, card.appeal = Card.State.APPEALED, text
    card.save(update_fields=["state", "appeal"])
    audit.record(actor, "casework.card_appealed", "card", card.pk, number=card.case.number)
    return card
