"""Attacks on what must not be seen: wrong place, wrong office, no right."""
