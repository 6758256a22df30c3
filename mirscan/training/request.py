"""What a training is asked for, as the command line builds it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mirscan.errors import UsageError
from mirscan.training.scan.settings import CURATED, LONE


@dataclass(frozen=True, slots=True)
class HairpinTraining:
    """A training of a scorer of ready hairpins.

    Attributes:
        data: The folder that holds the benchmarks; None for two FASTA files.
        benchmark: `human`, `cross_species` or `new`.
        positives: FASTA of precursors; None for a benchmark.
        negatives: FASTA of hairpins that are none, likewise.
        test_share: Share of the two files that is held out to measure the scorer.
        architecture: A key of `models.architectures`.
        inputs: What the networks see of a hairpin: `both`, `sequence` or `structure`.
        epochs: Passes over the training set, or the most of them.
        batch: Hairpins a step.
        rate: Learning rate of Adam.
        seed: Of the first weights, the order and the dropout.
        folds: Whether five folds choose the number of epochs.
        ensemble: Whether the networks of the folds score together with the one trained on everything.
        known: Table of known precursors, for the cleaned test set of a benchmark; None for none.
        device: `auto`, `cpu`, `cuda` or `cuda:n`.
        threads: Processes that fold.
    """

    data: Path | None
    benchmark: str
    positives: Path | None
    negatives: Path | None
    test_share: float
    architecture: str
    inputs: str
    epochs: int
    batch: int
    rate: float
    seed: int
    folds: bool
    ensemble: bool
    known: Path | None
    device: str
    threads: int

    def check(self) -> None:
        """See that one source is named, a benchmark or two files.

        Raises:
            UsageError: None is, or both are, or one file of the two.
        """
        pair = [name for name in ("positives", "negatives") if getattr(self, name)]
        if self.data and pair:
            wanted = "a benchmark, or two FASTA files"
            raise UsageError(f"--data and --{pair[0]}", "cannot go together", wanted)
        if not self.data and len(pair) < 2:
            found = f"only --{pair[0]} is given" if pair else "nothing says what to learn from"
            raise UsageError("train lstm", found, "--positives FASTA --negatives FASTA, or --data FOLDER")


@dataclass(frozen=True, slots=True)
class ScanTraining:
    """A training of a model for `scan`.

    Attributes:
        data: The data folder of the shipped model; None for genomes.
        genomes: FASTA of each genome.
        known: The known microRNAs of each.
        start_from: The model that the training goes on from; None for a fresh one.
        plants: Whether the known microRNAs are those of plants.
        seed: Of all draws.
        cache: Where work is kept; None for the user's cache.
        columns: A model whose networks of columns are taken as they are; None to train them.
        curated: How often a precursor of a family of MirGeneDB, or with known cuts, is shown, against others.
        lone: The same for a family of a single precursor that only miRBase lists.
    """

    data: Path | None
    genomes: tuple[Path, ...]
    known: tuple[Path, ...]
    start_from: str | None
    plants: bool
    seed: int
    cache: Path | None
    columns: Path | None
    curated: float
    lone: float

    def check(self) -> None:
        """See that one source is named, the data of the shipped model or genomes with a table each.

        Raises:
            UsageError: Neither or both are, genomes and tables are not as many, or precursors are to weigh
                differently where nothing is known of them, or where no network of columns learns.
        """
        genomes, known = len(self.genomes), len(self.known)
        if self.data and (genomes or known or self.start_from):
            raise UsageError("--data", "goes with no --genome, --known or --start-from", "one of the two")
        if self.columns and not self.data:
            raise UsageError("--columns", "goes with the data of the shipped model alone", "--data")
        if (self.curated, self.lone) != (CURATED, LONE) and (self.columns or not self.data):
            found = "weigh the precursors that networks of columns learn from the data of the shipped model"
            raise UsageError("--curated and --lone", found, "--data without --columns")
        if not self.data and not genomes:
            wanted = "--genome FASTA --known GFF3, or --data"
            raise UsageError("train scan", "nothing says what to learn from", wanted)
        if genomes != known:
            found = f"{genomes} --genome and {known} --known"
            raise UsageError("train scan", found, "a --known for each --genome, in the same order")
