"""Contigs of a library matched with those of the genome: by name, or where names differ in dress only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from warnings import warn

from mirscan.errors import InputError, MirscanWarning

PREFIX = "chr"
SHOWN = 5  # names of a list that a message shows


def match_contigs(source: str, theirs: Mapping[str, int], ours: Mapping[str, int]) -> dict[str, str]:
    """Contig of a library → contig of the genome, for those that are in both.

    Where not one name is in both, `chr1` and `1` are the same, and so are contigs of the same length that
    no other has on either side.

    Args:
        source: Where the library lies, for messages.
        theirs: Contig → bases in the library's header.
        ours: Contig → bases in the genome.

    Warns:
        MirscanWarning: They are called otherwise; it names both.

    Raises:
        InputError: No contig matches, or one of the same name has another length: another assembly.
    """
    named = {name: name for name in theirs if name in ours}
    if not named:
        named = _by_dress(theirs, ours) or _by_length(theirs, ours)
        if named:
            there, here = next(iter(named.items()))
            found = f"its contigs ({_list(theirs)}) are called otherwise than the genome's ({_list(ours)})"
            text = f"{source}: {found}: {there} is taken for {here}, and so on"
            warn(MirscanWarning(text), stacklevel=2)
    if not named:
        found = f"its contigs ({_list(theirs)}) are none of the genome's ({_list(ours)})"
        raise InputError(source, found, "reads aligned to this genome")
    for name, here in named.items():
        if theirs[name] != ours[here]:
            found = f"contig {name!r} has {theirs[name]:,} bases there and {ours[here]:,} in the genome"
            raise InputError(source, found, "reads aligned to this genome", "Is it another assembly?")
    return named


def _bare(name: str) -> str:
    bare = name[len(PREFIX) :] if name.lower().startswith(PREFIX) else name
    return "MT" if bare == "M" else bare


def _by_dress(theirs: Mapping[str, int], ours: Mapping[str, int]) -> dict[str, str]:
    """Contigs of the same name but for `chr`, where that leaves no doubt."""
    there, here = _grouped(theirs, map(_bare, theirs)), _grouped(ours, map(_bare, ours))
    return {
        names[0]: here[bare][0]
        for bare, names in there.items()
        if len(names) == 1 and len(here.get(bare, ())) == 1
    }


def _by_length(theirs: Mapping[str, int], ours: Mapping[str, int]) -> dict[str, str]:
    """Contigs of a length that one contig has on either side."""
    there, here = _grouped(theirs, map(str, theirs.values())), _grouped(ours, map(str, ours.values()))
    return {
        names[0]: here[key][0]
        for key, names in there.items()
        if len(names) == 1 and len(here.get(key, ())) == 1
    }


def _grouped(names: Iterable[str], keys: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name, key in zip(names, keys, strict=True):
        groups[key].append(name)
    return groups


def _list(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every[:SHOWN]) + (f", … {len(every):,} in all" if len(every) > SHOWN else "")
