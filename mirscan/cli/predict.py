"""`mirscan predict`: scores of ready hairpins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mirscan.cli import options

if TYPE_CHECKING:
    from mirscan.pipeline.predict import Prediction

COLUMNS = ("name", "length", "structure", "mfe", "score", "label", "note")


@click.command()
@click.argument("hairpins", type=click.Path())
@options.output("A table (.tsv, or .tsv.gz); `-` is standard output.", default="-")
@options.hairpin_model
@options.min_score
@options.threads
@options.device
@options.batch_size
@options.force
@options.quiet
def command(hairpins: str, **given: Any) -> None:
    """Score each record of the FASTA file HAIRPINS.

    The table has a row for each record, in the order of the file: name, length, structure, minimum free
    energy (kcal/mol), score, label (1 = precursor) and a note. A record that cannot be scored keeps its row,
    and the note says why. A sequence without a stem that can hold two arms, such as a mature sequence alone,
    is not a hairpin and scores 0.
    """
    from tqdm import tqdm

    from mirscan.genome.fasta import read_records
    from mirscan.pipeline.predict import predict
    from mirscan.pipeline.request import PredictRequest
    from mirscan.scoring.scorer import Scorer
    from mirscan.writers.destinations import check_destinations, check_suffix
    from mirscan.writers.text_file import open_text

    check_suffix(given["output"], "predict writes a table", [".tsv"])
    check_destinations([], [given["output"]], given["force"])
    asked = options.request(PredictRequest, given)
    scorer = Scorer(asked.model, asked.device, asked.batch_size)
    min_score = scorer.min_score if asked.min_score is None else asked.min_score
    predictions = predict(read_records(hairpins, may_be_empty=True), scorer, asked.threads, hairpins)
    counts = {"records": 0, "precursors": 0, "not scored": 0}
    bar = tqdm(predictions, unit=" hairpins", desc="scoring", disable=options.progress_hidden(given["quiet"]))
    with open_text(given["output"], given["force"]) as stream:
        stream.write("\t".join(COLUMNS) + "\n")
        for prediction in bar:
            score = prediction.score if prediction.is_hairpin else None
            called = score is not None and score >= min_score
            counts["records"] += 1
            counts["precursors"] += called
            counts["not scored"] += prediction.score is None
            stream.write("\t".join(_row(prediction, called)) + "\n")
    options.say("\n".join(f"{name:<12}{count:>16,}" for name, count in counts.items()), given["quiet"])


def _row(prediction: Prediction, called: bool) -> tuple[str, ...]:
    hairpin, score = prediction.hairpin, prediction.score
    if hairpin is None or score is None:
        return prediction.name, "", "", "", "", "", prediction.note
    return (
        prediction.name,
        str(len(hairpin)),
        hairpin.structure,
        f"{hairpin.mfe:.2f}",
        f"{score:.6f}",
        str(int(called)),
        prediction.note,
    )
