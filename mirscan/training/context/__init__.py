"""What stands around a hairpin, as evidence: what the genome repeats, and neighbours."""
