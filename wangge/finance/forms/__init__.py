"""What the pages of the books take from a request."""
