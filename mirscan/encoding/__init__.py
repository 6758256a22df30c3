"""From hairpins to tensors: what the networks see."""
