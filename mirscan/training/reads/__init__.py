"""What the reads on a hairpin weigh, learnt from simulated libraries."""
