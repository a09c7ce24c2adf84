"""Pure rules of the registry, by subject, each citing its source."""
