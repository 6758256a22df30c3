"""Evidence: why a hairpin is taken for a microRNA, as one sum in bits.

The score of a hit is the probability that prior + Σ bits stands for. Each kind of evidence gives one term of
the sum: so many bits for or against, with the numbers behind it and a sentence. So every term can be switched
off, and the explanation of a score is its computation.

A kind is a class in a file of its own and a line in `registry.py`; `kind.py` says what it may do and when.
What a kind measures is kept in the journal of a scan; what it weighs is worked out at the end, from the
journal alone, so that shards, interruptions and mergers come to the same sums.
"""
