"""deepMiRGene's benchmarks and the models trained on them."""
