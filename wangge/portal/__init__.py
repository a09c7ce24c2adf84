"""公众门户. Everything reachable without a staff login. No tables."""
