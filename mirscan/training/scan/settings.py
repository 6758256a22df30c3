"""Every hyper-parameter of the model behind `scan`, a line each, with its reason; and who may see what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# Genomes: those of the training, and those that only tests see.
TRAINING = (
    "hsa_chr1_0-3M", "hsa_chr3_42-44M", "hsa_chr4_103-105M", "hsa_chr22_470kb", "cel_chrI_1Mb", "cel_start",
    "cel_chrIII_1-2M", "dme_chr4", "ath_1pct", "ath_1Mb", "hsv1", "vzv", "hsa_chr20_63Mb_mostlyN",
)  # fmt: skip
HELD_OUT = ("hsa_chr20_0-7.39M", "sce_R64", "eco_K12", "ebv")
BLIND_TO = "ebv"  # never seen, nor any family like one of its precursors, so that it can measure
EBV_WORD = 15  # nt; no precursor that shares so many with one of EBV is seen
HUMAN = "hsa"  # what the names of its genomes begin with: the lowest score of a hit is chosen there

# Families: five folds, of which these never train.
TEST_FOLD, CALIBRATION_FOLD = 0, 1
STRETCH = 100_000  # nt; every fifth of each genome is held out for calibration: few candidates lie across
MOST = 12  # precursors of one family that test and calibrate: else the largest families would decide
OTHER_OF_A_KIND = 700  # RNAs of a class that is no precursor: no class is to outweigh the others
PROMISING = 0.1  # of a genome's candidates that the readers behind the first prefilter learn from
REST = 0.01  # of the others, drawn at random: with a weight of their own they calibrate
MARGIN = 100  # nt around a known locus where no background is taken
ENDS_FOUND = (0.6, 0.4)  # of a planted precursor, of the candidate: shared at least, to be an example of it

# The optimisation of each network.
BATCH = 512  # candidates a step
RATE = 2e-3  # peak of the cycle
RATE_OF_MORE = 2e-4  # the same for a network that has been trained: it is to learn more, and to forget little
STEPS_OF_MORE = 400  # batches for it
WEIGHT_DECAY = 0.02  # of AdamW
CLIP = 1.0  # largest norm of the gradients: one odd batch is not to undo many
SHARES = (0.25, 0.05, 0.7)  # of a batch: precursors, other RNAs, background
UNGUIDED = 0.15  # share of the steps before its logits choose what a network sees: at first they say nothing
CHOOSE = 200  # steps between two choices
BEHIND = 0.7  # logit by which a candidate of a precursor may stay behind its best: the rest are poor cuts
DOUBTED = 0.15  # share of the precursors that do worst, and are not shown: databases list many that are none
AT_RANDOM = 0.5  # share of the background that is shown at random: the hard half alone would hide the rest
CURATED = 3.0  # how often a precursor of a family that curators have seen is shown, against any other
LONE = 0.25  # the same for a family with one precursor that was only submitted: many are none
CHANGED = 0.2  # columns of a hairpin that are changed, on average; up to twice as many
BLURRED = 0.3  # noise of a scalar, in units of its spread

# Calibration.
PLANTS = 0.1  # of all precursors in a genome: few, so that their look-alikes cost animals no hits
FALSE_PER_MB = 2.0  # places of held-out human background above the lowest score of a hit
LOWEST = 0.01  # lowest score at which the prefilters answer for their losses


@dataclass(frozen=True, slots=True)
class Scope:
    """What some of the networks may see.

    Attributes:
        folds: Folds of the families that they learn from.
        genomes: Genomes whose background they learn from.
    """

    folds: tuple[int, ...]
    genomes: tuple[str, ...]


# Some networks see nothing that tests are made of, the others all but what calibrates.
BLIND = Scope((2, 3, 4), TRAINING)
WHOLE = Scope((TEST_FOLD, 2, 3, 4), (*TRAINING, *(name for name in HELD_OUT if name != BLIND_TO)))


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """What may be asked for on the command line or in a trial.

    Attributes:
        seed: Of all draws.
        most: Precursors of one family that are learnt from.
        plantings: Times that each is planted: its place decides where the sieve sees its ends.
        members: Networks of each scope; their mean errs less than any.
        steps: Batches for each of them.
        shape: Configuration of each; see `ColumnNetwork`.
        prevalence: Precursors among candidates, at which the score is a probability.
        curated: How often a precursor of a family of MirGeneDB, or with known cuts, is shown, against others.
        lone: The same for a family of a single precursor that only miRBase lists.
    """

    seed: int = 1
    most: int = 40
    plantings: int = 2
    members: int = 4
    steps: int = 2000
    shape: dict[str, Any] = field(default_factory=lambda: {"width": 64, "heads": 4, "hidden": 96})
    prevalence: float = 1e-3
    curated: float = CURATED
    lone: float = LONE
