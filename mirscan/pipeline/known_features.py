"""Which features of an annotation are microRNAs, and which of them are the same one.

Every program has its own words. What a feature is follows from its type, from the biotype beside it, and from
its length: `miRNA` is an arm in miRBase and a hairpin in Ensembl, `miRNA_primary_transcript` a hairpin in
miRBase and a transcript of kilobases elsewhere. Of features one within the other, as gene, transcript,
hairpin and arms, the innermost hairpin counts, once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from mirscan.pipeline.known import Locus

HAIRPIN, ARM, PRIMARY, EITHER = "hairpin", "arm", "primary transcript", "by its length"
TYPES = {  # in lower case, without - and _
    **dict.fromkeys(("premirna", "mirnaprecursor", "precursormirna", "precursor", "premicrorna"), HAIRPIN),
    **dict.fromkeys(("mirnahairpin", "hairpin", "stemloop", "mirnastemloop", "microrna"), HAIRPIN),
    **dict.fromkeys(("maturemirna", "mature", "mirnastar", "mirna*", "maturemicrorna", "mirnamature"), ARM),
    **dict.fromkeys(
        ("mirnaprimarytranscript", "primirna", "mirnagene", "micrornagene", "primicrorna"), PRIMARY
    ),
    **dict.fromkeys(("mirna", "mirnalocus"), EITHER),
}
# Types that hold a microRNA where an attribute says so.
GENERAL = ("gene", "ncrnagene", "ncrna", "transcript", "primarytranscript", "exon", "smallrna", "rna")
BIOTYPES = ("biotype", "gene_biotype", "gene_type", "transcript_biotype", "transcript_type", "ncrna_class")
BIOTYPES_OF_OURS = ("mirna", "premirna", "microrna", "primirna")
TELLING = ("gene_id", "name", "id", "product", "note", "gbkey")
TELLS = re.compile(r"\.PRE$|\bmicroRNA\b|\bmiRNA\b|\b(mir|let|lin|bantam)-?\d", re.IGNORECASE)
NAMES = ("name", "gene_name", "gene", "id", "gene_id", "alias", "product", "note", "transcript_id", "acc")
PARENTS = ("derives_from", "parent")
LONGEST_ARM = 33  # nt
LONGEST_HAIRPIN = 300  # nt of a primary transcript that may be the hairpin itself
WIDEST_LOOP = 150  # nt between two arms of a hairpin

_ATTRIBUTE = re.compile(r'\s*([^\s=;"]+)(?:\s*=\s*|\s+)("[^"]*"|[^;]*)')
_SIDE = re.compile(r"[-_.]?(5p|3p|star|mature|\*)+\*?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature that is a microRNA, or a part of one.

    Attributes:
        locus: Its name and place.
        kind: `HAIRPIN`, `ARM` or `PRIMARY`.
        parent: The ID of what it is a part of; empty where it does not say.
    """

    locus: Locus
    kind: str
    parent: str = ""

    @property
    def length(self) -> int:
        """Bases."""
        return self.locus.end - self.locus.start


def attributes_of(text: str) -> dict[str, str]:
    """The attributes of GFF3 (`a=b;`), GFF2 (`a="b";`) or GTF (`a "b";`), keys in lower case."""
    pairs = (match.groups() for match in _ATTRIBUTE.finditer(text) if match[2].strip())
    attributes = {key.lower(): unquote(value.strip().strip('"')) for key, value in reversed(list(pairs))}
    return attributes or ({"note": text.strip(' ";')} if text.strip(' ";.') else {})


def name_of(attributes: Mapping[str, str], otherwise: str) -> str:
    """What a feature is called, in one line: an escaped tab would end a column of a table."""
    name = next((attributes[key] for key in NAMES if attributes.get(key)), otherwise)
    return " ".join(name.split()) or otherwise


def kind_of(word: str, attributes: Mapping[str, str], length: int) -> str | None:
    """What a feature of a type is; None for one that is no microRNA.

    Args:
        word: Column 3.
        attributes: Of column 9.
        length: Bases.
    """
    plain = _plain(word)
    kind = TYPES.get(plain)
    if kind is None and plain in GENERAL and _tells(attributes):
        kind = PRIMARY
    if kind is None:
        return None
    if length <= LONGEST_ARM:
        return ARM
    return HAIRPIN if kind in (ARM, EITHER) else kind


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")


def _tells(attributes: Mapping[str, str]) -> bool:
    types = [_plain(attributes[key]) for key in BIOTYPES if key in attributes]
    if types:
        return any(word in BIOTYPES_OF_OURS for word in types)
    return any(TELLS.search(attributes.get(key, "")) for key in TELLING)


def distinct(features: Sequence[Feature]) -> tuple[list[Locus], list[str]]:
    """Each microRNA once, in the order of the file, and the names of primary transcripts of unknown hairpins.

    A hairpin within a longer feature counts and not that; arms count where no hairpin holds them, as the
    stretch from the first to the last of a hairpin.
    """
    arms = [feature for feature in features if feature.kind == ARM]
    whole = list(_innermost([feature for feature in features if feature.kind != ARM]))
    long = [feature for feature in whole if feature.kind == PRIMARY and feature.length > LONGEST_HAIRPIN]
    hairpins = [feature for feature in whole if feature not in long]
    by_place = _by_place(hairpins)
    alone = [arm for arm in arms if not any(_holds(hairpin, arm) for hairpin in _near(by_place, arm))]
    joined = list(_joined(alone))
    lost = [
        feature.locus.name for feature in long if not any(_inside(each, feature.locus) for each in joined)
    ]
    return [feature.locus for feature in hairpins] + joined, lost


def _innermost(features: Sequence[Feature]) -> Iterator[Feature]:
    """Features that hold no other; of those at the same place the first that says most of itself."""
    by_place: dict[tuple[str, str, int, int], Feature] = {}
    for feature in features:
        place = (feature.locus.contig, feature.locus.strand, feature.locus.start, feature.locus.end)
        first = by_place.setdefault(place, feature)
        if first.kind == PRIMARY and feature.kind == HAIRPIN:
            by_place[place] = replace(feature, locus=replace(feature.locus, name=first.locus.name))
    ordered = sorted(
        by_place.values(),
        key=lambda feature: (feature.locus.contig, feature.locus.strand, -feature.locus.end),
    )
    outer: set[int] = set()
    for group in _runs(ordered):
        _mark_outer(group, outer)
    yield from (feature for feature in by_place.values() if id(feature) not in outer)


def _runs(ordered: Sequence[Feature]) -> Iterator[list[Feature]]:
    """Features of one contig and strand at a time, by their starts, the longer first."""
    groups: dict[tuple[str, str], list[Feature]] = {}
    for feature in ordered:
        groups.setdefault((feature.locus.contig, feature.locus.strand), []).append(feature)
    for group in groups.values():
        yield sorted(group, key=lambda feature: (feature.locus.start, -feature.locus.end))


def _mark_outer(group: Sequence[Feature], outer: set[int]) -> None:
    """Note the features of a contig that hold another one."""
    open_: list[Feature] = []
    for feature in group:
        open_ = [wider for wider in open_ if wider.locus.end > feature.locus.start]
        outer.update(id(wider) for wider in open_ if wider.locus.end >= feature.locus.end)
        open_.append(feature)


Places = Mapping[str, tuple[list[int], list[Feature], int]]


def _by_place(features: Sequence[Feature]) -> Places:
    places: dict[str, tuple[list[int], list[Feature], int]] = {}
    for contig in {feature.locus.contig for feature in features}:
        here = sorted(
            (feature for feature in features if feature.locus.contig == contig),
            key=lambda feature: feature.locus.start,
        )
        places[contig] = (
            [feature.locus.start for feature in here],
            here,
            max(feature.length for feature in here),
        )
    return places


def _near(places: Places, arm: Feature) -> Iterable[Feature]:
    starts, features, longest = places.get(arm.locus.contig, ([], [], 0))
    return features[bisect_left(starts, arm.locus.start - longest) : bisect_left(starts, arm.locus.end)]


def _holds(hairpin: Feature, arm: Feature) -> bool:
    """Whether most of an arm lies within a hairpin: some lists cut hairpins at the arms' ends, or within."""
    shared = min(hairpin.locus.end, arm.locus.end) - max(hairpin.locus.start, arm.locus.start)
    strands = {hairpin.locus.strand, arm.locus.strand} - {"."}
    return 2 * shared >= arm.length and len(strands) < 2


def _joined(arms: Sequence[Feature]) -> Iterator[Locus]:
    """Arms without a hairpin: those of one hairpin together, from the first base to the last."""
    waiting: list[Feature] = []
    for arm in sorted(arms, key=lambda each: (each.locus.contig, each.locus.strand, each.locus.start)):
        if waiting and not _of_one_hairpin(waiting, arm):
            yield _hull(waiting)
            waiting = []
        waiting.append(arm)
    if waiting:
        yield _hull(waiting)


def _of_one_hairpin(waiting: Sequence[Feature], arm: Feature) -> bool:
    last = waiting[-1]
    if (last.locus.contig, last.locus.strand) != (arm.locus.contig, arm.locus.strand):
        return False
    same = (last.parent == arm.parent != "") or _stem(last) == _stem(arm)
    return same and len(waiting) < 2 and arm.locus.start - last.locus.end <= WIDEST_LOOP


def _stem(arm: Feature) -> str:
    return _SIDE.sub("", arm.locus.name).lower()


def _hull(arms: Sequence[Feature]) -> Locus:
    first = arms[0].locus
    if len(arms) == 1:
        return first
    name = _SIDE.sub("", first.name) or first.name
    return replace(first, name=name, end=max(arm.locus.end for arm in arms))


def _inside(inner: Locus, outer: Locus) -> bool:
    same = (inner.contig, inner.strand) == (outer.contig, outer.strand)
    return same and outer.start <= inner.start and inner.end <= outer.end
