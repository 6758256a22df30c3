"""A hit, or any hairpin, explained."""
