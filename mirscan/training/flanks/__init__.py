"""What the flanks of a hairpin weigh."""
