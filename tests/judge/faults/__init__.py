"""Faults of the protocol that can be switched into our own server, to see that the judge finds each and nothing else."""
