"""Reads of the registry, by noun; every one takes the actor first and is born scoped; re-exported here, the only door."""
