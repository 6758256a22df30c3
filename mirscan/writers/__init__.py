"""One writer a format. The +1 of GFF and other conventions of a format live in its writer and nowhere else."""
