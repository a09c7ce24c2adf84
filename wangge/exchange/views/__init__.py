"""Pages of the exchange, by noun: sources, linking, sharing."""
