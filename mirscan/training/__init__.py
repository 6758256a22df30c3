"""The workshop: benchmarks, metrics, and one file a model that reads top to bottom."""
