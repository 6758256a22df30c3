"""The index of known families: what goes into it, and what its matches weigh."""
