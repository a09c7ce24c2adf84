"""How sure a link is, in words."""

from django import template

register = template.Library()
_WORDS = ((0.98, "几乎可以肯定"), (0.8, "很可能是同一人"), (0.5, "可能是同一人"))


@register.filter
def likely(probability: float) -> str:
    """0.9931 → 几乎可以肯定（99.3%）. Never 100 %: that would be a promise."""
    word = next((w for least, w in _WORDS if probability >= least), "把握不大")
    return f"{word}（{min(probability, 0.999):.1%}）"
