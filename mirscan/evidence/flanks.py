"""The flanks as evidence: what Drosha and its helpers look at outside the precursor.

The network was shown few real flanks and sees no base outside a candidate, so that this adds to what it says:
the weights were fitted beside its log-odds. They hold where Drosha and SRSF3 work so, in vertebrates, insects
and the viruses of animals. Nematodes have neither motif, plants have no Drosha: there flanks say nothing.
Where the clade is open, each that it may be is as likely as the others, and the bits are of the mixture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any, ClassVar

from mirscan.alphabet import encode
from mirscan.evidence.kind import NOT_ASKED, Detector, MeasuredKind, Measurement, Rescued, Setup
from mirscan.flanks.cuts import CNNC_AFTER, LOWER_STEM, UG_BEFORE, Cuts, cnnc_at, cuts_of
from mirscan.flanks.weights import shipped_weights
from mirscan.records import Flanks, Hairpin

SILENT = frozenset({"nematode", "plant", "fungus", "bacterium"})  # clades whose flanks say nothing
DECIMALS = 2


@dataclass(frozen=True, slots=True)
class FlankDetector:
    """Measures the flanks of folded hairpins in a worker.

    Attributes:
        share: How probable it is that the genome is of a clade with the motifs, above 0 up to 1.
    """

    share: float = 1.0

    def rescue(self, codes: Any, found: Any) -> Rescued:
        """Nothing: motifs of four bases are everywhere."""
        import numpy as np

        none = np.zeros(len(found), np.bool_)
        return Rescued(none, found.take(none))

    def measure(self, hairpins: Sequence[Hairpin], flanks: Sequence[Flanks | None]) -> Sequence[Measurement]:
        """The bits of each, and what lies around its likeliest cut; None without flanks or a stem."""
        return [
            measured(hairpin, beside, self.share) if beside else None
            for hairpin, beside in zip(hairpins, flanks, strict=True)
        ]


def measured(hairpin: Hairpin, flanks: Flanks, share: float = 1.0) -> Measurement:
    """What is there to weigh; None for a stem too short for an arm.

    Args:
        hairpin: The hairpin.
        flanks: What lies beside it.
        share: See `FlankDetector`.

    Returns:
        `bits`; `cut`, bases of the hairpin before the likeliest cut of its 5′ strand; `ug`, whether UG lies
        14 nt before it; `cnnc`, how many nt after the cut of the 3′ strand CNNC begins, None for none;
        `lower_stem`, paired bases among the 11 before the cut; `share`, where it is below 1.
    """
    cuts = cuts_of(hairpin, flanks)
    if cuts is None:
        return None
    weights = shipped_weights()
    at = weights.likeliest(cuts)
    ug, _, lower_stem = cuts.features[at].tolist()
    return {
        "bits": round(mixed(weights.bits(cuts), share), DECIMALS),
        "cut": int(cuts.five_prime[at]),
        "ug": bool(ug),
        "cnnc": _cnnc(hairpin, flanks, cuts, at),
        "lower_stem": round(lower_stem * LOWER_STEM),
        **({"share": round(share, DECIMALS)} if share < 1 else {}),
    }


def mixed(bits: float, share: float) -> float:
    """Bits where so large a share of the clades that a genome may be of has the motifs, and the others none.

    >>> mixed(-3.0, 1.0), round(mixed(-3.0, 0.5), 2), round(mixed(1.0, 0.5), 2)
    (-3.0, -0.83, 0.58)
    """
    return bits if share == 1 else log2(share * 2.0**bits + 1 - share)


def _cnnc(hairpin: Hairpin, flanks: Flanks, cuts: Cuts, at: int) -> int | None:
    codes = encode(flanks.five_prime + hairpin.sequence + flanks.three_prime)
    found = cnnc_at(codes, cuts.three_prime[at : at + 1] + len(flanks.five_prime))[:, 0]
    return next((after for after, here in zip(CNNC_AFTER, found.tolist(), strict=True) if here), None)


class FlankEvidence(MeasuredKind):
    """Bits for the motifs beside Drosha's cut, or for their lack."""

    name: ClassVar[str] = "flanks"
    description: ClassVar[str] = "what Drosha looks at: UG and CNNC in the flanks, a paired lower stem"
    beyond = True

    def __init__(self, setup: Setup) -> None:
        clades = tuple(setup.choice or ())  # those that the genome may be of
        self._share = sum(name not in SILENT for name in clades) / len(clades) if clades else 1.0

    def facts(self) -> Mapping[str, str | float | int]:
        """The weights that decide the bits, or that they were not asked; and how much they count."""
        if not self._share:
            return {"sha256": NOT_ASKED}
        share = {} if self._share == 1 else {"share": round(self._share, DECIMALS)}
        return {"sha256": shipped_weights().sha256, **share}

    def detector(self) -> Detector | None:
        """The part of a worker; none in a clade whose flanks say nothing."""
        return FlankDetector(self._share) if self._share else None

    def sentence(self, measured: Mapping[str, Any]) -> str:
        """What lies around the likeliest cut."""
        return sentence(measured)


def sentence(found: Mapping[str, Any]) -> str:
    """What was measured, in words."""
    ug = f"{'UG' if found['ug'] else 'no UG'} {UG_BEFORE} nt before"
    cnnc = f"CNNC {found['cnnc']} nt after" if found["cnnc"] else "no CNNC 16–18 nt after"
    stem = f"{found['lower_stem']} of the {LOWER_STEM} bases below paired"
    cut = found["cut"]
    place = f"after base {cut}" if cut > 0 else f"{-cut} nt before its first base" if cut else "at its end"
    share = found.get("share", 1)
    counts = f"; weighs {share:.0%}, as not every clade that it may belong to has these" if share < 1 else ""
    return f"around Drosha's likeliest cut, {place}: {ug}, {cnnc}, {stem}{counts}"
