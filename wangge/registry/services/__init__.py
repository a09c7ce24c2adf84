"""Writes of the registry, by noun; each module is re-exported here, the only door."""
