"""Record linkage: what is compared (`features`), how much each agreement weighs (`model`), on which engine (`engine`).

Splink (Fellegi-Sunter) does the reckoning. A trained model is one JSON file; DuckDB on one machine and Spark on a cluster read
the same file. Only SQL that both engines read alike is used: no `split` (a literal here, a pattern there), no edit
distances (bytes here, characters there); what needs more is made into a column beforehand. docs/algorithms/linkage.md.
"""
