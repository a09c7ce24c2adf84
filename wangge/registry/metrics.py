"""Figures about people, households, dwellings and organisations."""
