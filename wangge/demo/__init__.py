"""演示: one believable district, made only through services."""
