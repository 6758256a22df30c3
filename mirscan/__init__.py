"""mirscan finds microRNA genes in genomes."""

from mirscan.version import __version__

__all__ = ["__version__"]
