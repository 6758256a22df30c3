"""The line of a scan: plan, search, journal, loci, q-values, hits."""
