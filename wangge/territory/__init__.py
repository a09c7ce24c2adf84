"""地·物. Divisions, grid cells and their dated boundaries; which cell a point lies in."""
