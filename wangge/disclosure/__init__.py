"""公开. What the public reads: budget, accounts and performance documents (read, audited, rendered) and their publication."""
