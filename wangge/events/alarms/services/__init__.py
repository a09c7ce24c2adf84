"""Writes of alarms: signals in, events and calls out of them, the three steps, what time itself brings about."""
