"""件. What every kind of case shares: number, moves, steps, assignments, clocks, holds, extensions, cards, ratings."""
