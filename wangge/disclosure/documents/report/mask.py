"""Personal data is not passed on: identity and mobile numbers found in a document are shown by their ends only."""

import re

_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z.])([1-9]\d{5})((?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{2})(\d[\dXx])(?![0-9A-Za-z])"
)
_MOBILE = re.compile(r"(?<![0-9A-Za-z.,])(1[3-9]\d)([ -]?)(\d{4})([ -]?)(\d{4})(?![0-9A-Za-z]|[.,]\d)")


def masked(text: str) -> str:
    """The text with identity numbers (GB 11643, 18 characters) and mobile numbers reduced to their ends.

    Telephone numbers of offices stay: a published document has to name one.
    """
    if len(text) < 11:
        return text
    text = _IDENTITY.sub(lambda m: m[1] + "*" * 10 + m[3], text)
    return _MOBILE.sub(lambda m: f"{m[1]}{m[2]}****{m[4]}{m[5]}", text)
