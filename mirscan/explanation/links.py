"""Where the databases of microRNAs tell more of a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

# a gene of MirGeneDB: species, then its name there, as in Hsa-Mir-21 or Cel-Let-7-P5
GENE = re.compile(r"([A-Z][a-z]{2})-((?:Mir|Let|Bantam|Lin|Lsy|Iab)[A-Za-z0-9-]*)")
MIRBASE = "https://www.mirbase.org/results/?query={}"
MIRGENEDB = "https://mirgenedb.org/show/{}/{}"
RNACENTRAL = "https://rnacentral.org/search?q={}"


def links_of(names: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Names with links to what databases know of them.

    >>> links_of(["Hsa-Mir-21"])[0][1][0]
    ('MirGeneDB', 'https://mirgenedb.org/show/hsa/Mir-21')

    Args:
        names: Of genes or families, as their sources write them; each is linked once.

    Returns:
        Each name with the databases and addresses to look at.
    """
    return [(name, _links(name)) for name in dict.fromkeys(names) if name]


def _links(name: str) -> list[tuple[str, str]]:
    asked = quote(name, safe="")
    gene = GENE.fullmatch(name)
    curated = [("MirGeneDB", MIRGENEDB.format(gene[1].lower(), quote(gene[2])))] if gene else []
    return [*curated, ("miRBase", MIRBASE.format(asked)), ("RNAcentral", RNACENTRAL.format(asked))]
