"""The species of the index and their place in the tree of animals: what a clade is, by its name."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from mirscan.errors import UsageError

# clade: the one it belongs to
PARENT = {
    "Porifera": "Metazoa",
    "Cnidaria": "Metazoa",
    "Bilateria": "Metazoa",
    "Xenacoelomorpha": "Bilateria",
    "Protostomia": "Bilateria",
    "Deuterostomia": "Bilateria",
    "Ecdysozoa": "Protostomia",
    "Lophotrochozoa": "Protostomia",
    "Nematoda": "Ecdysozoa",
    "Caenorhabditis": "Nematoda",
    "Arthropoda": "Ecdysozoa",
    "Chelicerata": "Arthropoda",
    "Arachnida": "Chelicerata",
    "Mandibulata": "Arthropoda",
    "Crustacea": "Mandibulata",
    "Daphnia": "Crustacea",
    "Insecta": "Mandibulata",
    "Holometabola": "Insecta",
    "Coleoptera": "Holometabola",
    "Lepidoptera": "Holometabola",
    "Diptera": "Holometabola",
    "Culicidae": "Diptera",
    "Drosophilidae": "Diptera",
    "Platyhelminthes": "Lophotrochozoa",
    "Rotifera": "Lophotrochozoa",
    "Annelida": "Lophotrochozoa",
    "Brachiopoda": "Lophotrochozoa",
    "Mollusca": "Lophotrochozoa",
    "Gastropoda": "Mollusca",
    "Bivalvia": "Mollusca",
    "Cephalopoda": "Mollusca",
    "Coleoidea": "Cephalopoda",
    "Ambulacraria": "Deuterostomia",
    "Echinodermata": "Ambulacraria",
    "Echinoidea": "Echinodermata",
    "Asteroidea": "Echinodermata",
    "Hemichordata": "Ambulacraria",
    "Chordata": "Deuterostomia",
    "Cephalochordata": "Chordata",
    "Olfactores": "Chordata",
    "Tunicata": "Olfactores",
    "Vertebrata": "Olfactores",
    "Cyclostomata": "Vertebrata",
    "Gnathostomata": "Vertebrata",
    "Chondrichthyes": "Gnathostomata",
    "Osteichthyes": "Gnathostomata",
    "Actinopterygii": "Osteichthyes",
    "Teleostei": "Actinopterygii",
    "Sarcopterygii": "Osteichthyes",
    "Tetrapoda": "Sarcopterygii",
    "Amphibia": "Tetrapoda",
    "Xenopus": "Amphibia",
    "Amniota": "Tetrapoda",
    "Sauropsida": "Amniota",
    "Lepidosauria": "Sauropsida",
    "Squamata": "Lepidosauria",
    "Archelosauria": "Sauropsida",
    "Testudines": "Archelosauria",
    "Archosauria": "Archelosauria",
    "Crocodylia": "Archosauria",
    "Aves": "Archosauria",
    "Mammalia": "Amniota",
    "Theria": "Mammalia",
    "Marsupialia": "Theria",
    "Placentalia": "Theria",
    "Atlantogenata": "Placentalia",
    "Laurasiatheria": "Placentalia",
    "Euarchontoglires": "Placentalia",
    "Glires": "Euarchontoglires",
    "Rodentia": "Glires",
    "Muridae": "Rodentia",
    "Primates": "Euarchontoglires",
    "Catarrhini": "Primates",
}

ENGLISH = {
    "animals": "Metazoa",
    "sponges": "Porifera",
    "cnidarians": "Cnidaria",
    "nematodes": "Nematoda",
    "arthropods": "Arthropoda",
    "insects": "Insecta",
    "beetles": "Coleoptera",
    "butterflies": "Lepidoptera",
    "mosquitoes": "Culicidae",
    "flies": "Drosophilidae",
    "flatworms": "Platyhelminthes",
    "annelids": "Annelida",
    "molluscs": "Mollusca",
    "echinoderms": "Echinodermata",
    "urchins": "Echinoidea",
    "chordates": "Chordata",
    "lancelets": "Cephalochordata",
    "tunicates": "Tunicata",
    "vertebrates": "Vertebrata",
    "fish": "Actinopterygii",
    "bony fish": "Teleostei",
    "sharks": "Chondrichthyes",
    "tetrapods": "Tetrapoda",
    "amphibians": "Amphibia",
    "frogs": "Xenopus",
    "amniotes": "Amniota",
    "reptiles": "Sauropsida",
    "turtles": "Testudines",
    "birds": "Aves",
    "mammals": "Mammalia",
    "marsupials": "Marsupialia",
    "placentals": "Placentalia",
    "rodents": "Rodentia",
    "primates": "Primates",
}

# code: scientific name, English name, smallest clade
SPECIES = {
    "aae": ("Aedes aegypti", "yellow fever mosquito", "Culicidae"),
    "aca": ("Anolis carolinensis", "anole", "Squamata"),
    "ami": ("Alligator mississippiensis", "alligator", "Crocodylia"),
    "aqu": ("Amphimedon queenslandica", "sponge Amphimedon", "Porifera"),
    "asu": ("Ascaris suum", "roundworm of pigs", "Nematoda"),
    "bfl": ("Branchiostoma floridae", "Florida lancelet", "Cephalochordata"),
    "bge": ("Blattella germanica", "German cockroach", "Insecta"),
    "bla": ("Branchiostoma lanceolatum", "European lancelet", "Cephalochordata"),
    "bpl": ("Brachionus plicatilis", "rotifer", "Rotifera"),
    "bta": ("Bos taurus", "cow", "Laurasiatheria"),
    "cbr": ("Caenorhabditis briggsae", "worm C. briggsae", "Caenorhabditis"),
    "cel": ("Caenorhabditis elegans", "worm C. elegans", "Caenorhabditis"),
    "cfa": ("Canis familiaris", "dog", "Laurasiatheria"),
    "cgi": ("Crassostrea gigas", "oyster", "Bivalvia"),
    "cin": ("Ciona intestinalis", "sea squirt", "Tunicata"),
    "cli": ("Columba livia", "pigeon", "Aves"),
    "cmi": ("Callorhinchus milii", "elephant shark", "Chondrichthyes"),
    "cpi": ("Chrysemys picta", "painted turtle", "Testudines"),
    "cpo": ("Cavia porcellus", "guinea pig", "Rodentia"),
    "csc": ("Centruroides sculpturatus", "bark scorpion", "Arachnida"),
    "cte": ("Capitella teleta", "annelid Capitella", "Annelida"),
    "dan": ("Drosophila ananassae", "fly D. ananassae", "Drosophilidae"),
    "dma": ("Daphnia magna", "water flea D. magna", "Daphnia"),
    "dme": ("Drosophila melanogaster", "fruit fly", "Drosophilidae"),
    "dmo": ("Drosophila mojavensis", "fly D. mojavensis", "Drosophilidae"),
    "dno": ("Dasypus novemcinctus", "armadillo", "Atlantogenata"),
    "dpu": ("Daphnia pulex", "water flea D. pulex", "Daphnia"),
    "dre": ("Danio rerio", "zebrafish", "Teleostei"),
    "dsi": ("Drosophila simulans", "fly D. simulans", "Drosophilidae"),
    "dya": ("Drosophila yakuba", "fly D. yakuba", "Drosophilidae"),
    "ebu": ("Eptatretus burgeri", "hagfish", "Cyclostomata"),
    "efe": ("Eisenia fetida", "earthworm", "Annelida"),
    "emu": ("Ephydatia muelleri", "sponge Ephydatia", "Porifera"),
    "esc": ("Euprymna scolopes", "bobtail squid", "Coleoidea"),
    "ete": ("Echinops telfairi", "tenrec", "Atlantogenata"),
    "gga": ("Gallus gallus", "chicken", "Aves"),
    "gja": ("Gekko japonicus", "gecko", "Squamata"),
    "gmo": ("Gadus morhua", "cod", "Teleostei"),
    "hme": ("Heliconius melpomene", "butterfly Heliconius", "Lepidoptera"),
    "hsa": ("Homo sapiens", "human", "Catarrhini"),
    "hvu": ("Hydra vulgaris", "hydra", "Cnidaria"),
    "isc": ("Ixodes scapularis", "tick", "Arachnida"),
    "lan": ("Lingula anatina", "lamp shell", "Brachiopoda"),
    "lch": ("Latimeria chalumnae", "coelacanth", "Sarcopterygii"),
    "lgi": ("Lottia gigantea", "owl limpet", "Gastropoda"),
    "loc": ("Lepisosteus oculatus", "spotted gar", "Actinopterygii"),
    "lpo": ("Limulus polyphemus", "horseshoe crab", "Chelicerata"),
    "mal": ("Monopterus albus", "swamp eel", "Teleostei"),
    "mdo": ("Monodelphis domestica", "opossum", "Marsupialia"),
    "mml": ("Macaca mulatta", "rhesus monkey", "Catarrhini"),
    "mmu": ("Mus musculus", "mouse", "Muridae"),
    "mun": ("Microcaecilia unicolor", "caecilian", "Amphibia"),
    "npo": ("Nautilus pompilius", "nautilus", "Cephalopoda"),
    "nve": ("Nematostella vectensis", "sea anemone", "Cnidaria"),
    "oan": ("Ornithorhynchus anatinus", "platypus", "Mammalia"),
    "obi": ("Octopus bimaculoides", "two-spot octopus", "Coleoidea"),
    "ocu": ("Oryctolagus cuniculus", "rabbit", "Glires"),
    "ovu": ("Octopus vulgaris", "common octopus", "Coleoidea"),
    "pbv": ("Python bivittatus", "python", "Squamata"),
    "pfl": ("Ptychodera flava", "acorn worm Ptychodera", "Hemichordata"),
    "pma": ("Petromyzon marinus", "sea lamprey", "Cyclostomata"),
    "pmi": ("Patiria miniata", "bat star", "Asteroidea"),
    "rno": ("Rattus norvegicus", "rat", "Muridae"),
    "sha": ("Sarcophilus harrisii", "Tasmanian devil", "Marsupialia"),
    "sko": ("Saccoglossus kowalevskii", "acorn worm Saccoglossus", "Hemichordata"),
    "sme": ("Schmidtea mediterranea", "planarian", "Platyhelminthes"),
    "spt": ("Sphenodon punctatus", "tuatara", "Lepidosauria"),
    "spu": ("Strongylocentrotus purpuratus", "purple sea urchin", "Echinoidea"),
    "sto": ("Scyliorhinus torazame", "cloudy catshark", "Chondrichthyes"),
    "tca": ("Tribolium castaneum", "flour beetle", "Coleoptera"),
    "tgu": ("Taeniopygia guttata", "zebra finch", "Aves"),
    "tni": ("Tetraodon nigroviridis", "pufferfish", "Teleostei"),
    "xbo": ("Xenoturbella bocki", "Xenoturbella", "Xenacoelomorpha"),
    "xla": ("Xenopus laevis", "African clawed frog", "Xenopus"),
    "xtr": ("Xenopus tropicalis", "western clawed frog", "Xenopus"),
}


def english(code: str) -> str:
    """A species as people call it; its code where it is none of `SPECIES`."""
    return SPECIES[code][1] if code in SPECIES else code


def lineage(code: str) -> tuple[str, ...]:
    """The clades of a species, from the smallest up; empty where it is none of `SPECIES`."""
    clade = SPECIES[code][2] if code in SPECIES else ""
    clades = []
    while clade:
        clades.append(clade)
        clade = PARENT.get(clade, "")
    return tuple(clades)


@cache
def members(clade: str) -> frozenset[str]:
    """The codes of a clade's species.

    Args:
        clade: Its scientific or English name, or the code of a single species, in any case.

    Raises:
        UsageError: No such clade; close names are suggested.
    """
    wanted = clade.strip().lower()
    if wanted in SPECIES:
        return frozenset([wanted])
    names = {name.lower(): name for name in ("Metazoa", *PARENT)} | ENGLISH
    if wanted not in names:
        close = get_close_matches(wanted, names, n=3)
        expected = f"such as {' or '.join(close)}" if close else f"one of {', '.join(sorted(ENGLISH))}"
        raise UsageError(f"clade {clade!r}", "no clade of this name in the index of families", expected)
    return frozenset(code for code in SPECIES if names[wanted] in lineage(code))
