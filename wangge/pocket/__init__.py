"""网格通. The officer's phone: installable, works offline, syncs exactly once. No tables."""
