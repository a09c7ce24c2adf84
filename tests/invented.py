"""Invented numbers for the tests of every room: the demonstration's own generator, which a room may not import itself."""

from wangge.demo.residents import Numbers as Numbers
