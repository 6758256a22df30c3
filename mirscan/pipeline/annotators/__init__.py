"""What is said of a hit beside its place, its hairpin and its score: one list of annotators, a file each.

An annotator adds a note to each hit that passes it, and says how that note is written: as columns of the
table and attributes of GFF3, and as a member of the JSON. Writers, schemas, summaries and `explain` read the
list in `registry.py`; a new annotator is a class and a line there.
"""
