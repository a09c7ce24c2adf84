"""Wangge: grid governance of a district, from the officer's phone to the public accounts."""

__version__ = "0.1.0"
