"""The public benchmarks, by name, from their authors' own places."""
