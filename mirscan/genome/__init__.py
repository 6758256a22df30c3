"""FASTA in any dress: checked, opened for random access, cut into windows, its repeats counted."""
