"""A run on one page: how many hits of which tier, which to validate first and why, where they lie."""
