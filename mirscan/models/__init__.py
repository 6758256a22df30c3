"""The networks: tensors in, tensors out. No files, no devices by name, no command line."""
