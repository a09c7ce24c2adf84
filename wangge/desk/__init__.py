"""工作台. Pages of staff: inbox, console, case page, administration. No tables."""
