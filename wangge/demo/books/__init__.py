"""The figures of five published documents as data, and how they get into the books."""
