"""Imports: sheets of any header and rows of other programs, judged, written in parts, taken back within thirty days."""
