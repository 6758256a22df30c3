"""The smallest changes that would turn a decision."""
