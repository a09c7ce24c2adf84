"""Pages of the public. Every one is open to everybody, works without script, and acts as the public whoever looks."""
