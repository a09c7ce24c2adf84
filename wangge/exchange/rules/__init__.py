"""Rules of the exchange, by noun: what is good data, who is the same person, who may be given what. Pure."""
