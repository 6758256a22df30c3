"""The model of the mature arms."""
