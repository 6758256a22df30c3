"""The decision tree over z_m."""
