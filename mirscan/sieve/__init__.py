"""Which stretches of a strand fold into a hairpin that is stable enough to look at."""
