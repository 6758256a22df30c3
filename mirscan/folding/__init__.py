"""Minimum free energy folds: ViennaRNA, the same fold eight at a time, and the geometry of dot-brackets."""
