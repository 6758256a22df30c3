"""What trainings cost, as a table."""

from __future__ import annotations

from benchmarks.tools.pages import markdown
from benchmarks.tools.results import read

COMMANDS = {
    "lstm": "train lstm",
    "diva": "train diva",
    "scan": "train scan, its networks of columns",
}

WORDS = {
    "diva_20_passes_over_the_data": "diva, 20 passes over the data"
}  # trainings that make nothing that ships


def training() -> str:
    """Processor seconds of a step, and processor hours of what is shipped."""
    rows = []
    for part, content in read("training_cost.json").items():
        for model, cost in content["trainings"].items():
            rows.append(
                [
                    COMMANDS[part],
                    f"{content['cpu_seconds_a_unit']:.3g} s per {content['unit']}",
                    f"{60 / content['cpu_seconds_a_unit']:,.0f}",
                    WORDS.get(model, f"`{model}`"),
                    f"{cost['units']:,}",
                    f"{cost['processor_hours']:g}",
                ]
            )
    header = ["command", "processor time", "per minute", "makes", "steps or epochs", "processor-hours"]
    return markdown(header, rows)
