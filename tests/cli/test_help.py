"""Help in groups, and completion by the shell."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from mirscan.cli import mirscan
from mirscan.cli.grouped import GroupedCommand
from mirscan.cli.scan import GROUPS, command


def test_every_option_of_scan_stands_in_one_group() -> None:
    named = [name for names in GROUPS.values() for name in names]
    options = [param.name for param in command.params if isinstance(param, click.Option)]
    assert sorted(named) == sorted(options)


def test_groups_come_in_order_and_the_rest_last() -> None:
    @click.command(cls=GroupedCommand, groups={"Second": ("b",), "First": ("a", "gone")})
    @click.argument("file")
    @click.option("--a", help="An a.", show_default=True, default=7)
    @click.option("--b", help="A b.")
    @click.option("--c", help="A c.")
    def some(**_: object) -> None: ...

    lines = CliRunner().invoke(some, ["--help"]).output.splitlines()
    shown = [line.split()[0] for line in lines if line.endswith(":") or line.startswith("  -")]
    assert shown == ["Second:", "--b", "First:", "--a", "Other:", "--c", "--help"]
    assert any("[default: 7]" in line for line in lines)


def complete(words: str, cursor: int) -> subprocess.CompletedProcess[str]:
    variables = {"_MIRSCAN_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(cursor)}
    code = "import sys; from mirscan.cli import main; sys.exit(main([]))"
    environment = {**os.environ, **variables}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "cursor", "offered"),
    [
        ("mirscan sc", 1, "plain,scan"),
        ("mirscan scan --multi", 2, "plain,--multiqc"),
        ("mirscan scan geno", 2, "file,geno"),
        ("mirscan scan genome.fa --strand mi", 4, "plain,minus"),
        ("mirscan data f", 2, "plain,fetch"),
        ("mirscan data fetch mirg", 3, "plain,mirgenedb"),
        ("mirscan scan genome.fa --model scan-", 4, "plain,scan-held-out"),
        ("mirscan scan genome.fa --tree no", 4, "plain,none"),
        ("mirscan scan genome.fa --tree my-", 4, "dir,my-"),
        ("mirscan scan genome.fa --clade verte", 4, "plain,vertebrate"),
        ("mirscan models diva-t", 2, "plain,diva-tree"),
        ("mirscan train tree --diva diva-", 4, "plain,diva-wide"),
    ],
)
def test_the_shell_is_offered_what_fits(words: str, cursor: int, offered: str) -> None:
    done = complete(words, cursor)
    assert done.stdout.splitlines() == [offered]
    assert (done.returncode, done.stderr) == (0, "")


def test_every_option_with_a_value_says_what_it_is() -> None:
    context = click.Context(mirscan)
    for name in mirscan.list_commands(context):
        found = mirscan.get_command(context, name)
        assert found is not None
        for option in found.params:
            if isinstance(option, click.Option):
                assert option.help, (name, option.name)
