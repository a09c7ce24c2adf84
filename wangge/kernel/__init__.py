"""内核. What a bicycle-rental firm could use unchanged: actors, clocks, flow, scope, outbox, audit, files, tables, metrics, pages."""
