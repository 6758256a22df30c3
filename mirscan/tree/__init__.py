"""The decision tree that gives each hit a rule in words."""
