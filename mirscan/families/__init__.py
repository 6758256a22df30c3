"""Known families of microRNAs, found by their mature arms and named."""
