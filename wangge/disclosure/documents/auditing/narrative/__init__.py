"""Rules about what the sentences of a document say, of themselves and of the tables."""
