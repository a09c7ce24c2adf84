"""What the pages of the registry parse, by noun."""
