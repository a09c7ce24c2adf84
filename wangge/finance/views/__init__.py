"""Pages of the books: a unit and a year in every address, so that two windows never mix them up."""
