"""Staff pages of the registry, by noun."""
