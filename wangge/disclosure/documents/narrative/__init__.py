"""The sentences of the explanations: templates without a digit, and figures computed from the books."""
