"""The model behind `mirscan scan`."""
