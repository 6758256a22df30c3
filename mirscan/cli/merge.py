"""`mirscan merge`: the shards of a scan in, the results of the whole scan out."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import click

from mirscan.cli import completion, options
from mirscan.writers.standard_set import NAMELESS


def _model_of_shards(name: str, model: str) -> options.Decorator:
    """An option that says where a model is that decided in the shards."""
    return click.option(name, metavar="DIR", help=f"Where {model} is, if it does not come with mirscan.")


@click.command()
@click.argument("shards", nargs=-1, required=True, type=click.Path())
@options.outputs
@options.outdir
@options.standard_prefix(NAMELESS)
@options.stdout_format
@options.gff_dialect
@_model_of_shards("--tree", "the tree of the shards")
@_model_of_shards("--arms", "the model of the mature arms")
@options.known
@options.summary
@options.multiqc
@options.report
@options.families
@click.option(
    "--clade",
    type=completion.CLADE,
    metavar="NAME",
    help="Whose families the table and the report expect. [default: the clade of the scan]",
)
@options.counts
@options.sort
@options.device
@options.force
@options.quiet
def command(shards: tuple[str, ...], **given: Any) -> None:
    """Join the SHARDS of a scan to the results of the whole scan.

    SHARDS are the files of `mirscan scan … --shard I/N -o NAME.shard`, all N of them in any order. What
    decides the hits was said there; the results are those of a scan in one piece.
    """
    from mirscan.cli.scan_run import check_tables, say_advice, say_written, write_files
    from mirscan.pipeline.merge import Shards
    from mirscan.pipeline.request import MergeRequest
    from mirscan.writers.summary import summary, table

    named = options.result_files(given)
    named.check(shards)
    asked = options.request(MergeRequest, given, shards=shards)
    started = perf_counter()
    with Shards.open(asked.shards) as opened:
        kinds = str(opened.run.options.get("evidence", "")).split(",")
        has_arms = bool(opened.run.arms or "reads" in kinds)
        results = options.with_standard_set(named, given, "-", kinds, has_arms)
        results.check(shards, arms=has_arms)
        check_tables(kinds, results)
        judge = opened.judge(asked)
        finish = opened.finish(asked, judge)
        device = str(judge.space.device) if judge else "cpu"
        facts = write_files(
            finish,
            opened.run,
            results,
            lambda: summary(opened.run, finish, 1, device, perf_counter() - started),
        )
        options.say(table(facts), given["quiet"])
        say_advice(finish, None, given["quiet"])
    say_written(results, given["quiet"])
