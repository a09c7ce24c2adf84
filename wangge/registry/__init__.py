"""人·户·组织. One record of each person, household and organisation, kept true from the street.

Nouns: a person (core fields once), dated roles and care rows beside it, household, residence, organisation, visit, change.
Laws: one identity document is one person; an episode never overwrites another; every field knows its source, date and
verifier; nothing is overwritten without a recorded decision; who lacks the right sees no trace of a special group.
"""
