"""One writer a format. Conventions of a format, such as the +1 of GFF, live in its writer alone."""
