"""`mirscan data`: the public benchmarks, by name."""

from __future__ import annotations

import click

from mirscan.cli import options
from mirscan.cli.completion import DATA

COLUMNS = ("name", "files here", "what", "home")


@click.group()
def command() -> None:
    """The public benchmarks, from their authors' own places.

    They stand in the folder that MIRSCAN_DATA names, by default in the user's cache. Every file is held
    against its SHA-256; where this version does not know one, what arrives first is recorded and later held
    against that.
    """


@command.command("list")
def list_command() -> None:
    """List the data sets, and how much of each is here."""
    from mirscan.cli.tables import table
    from mirscan.data.registry import datasets
    from mirscan.data.store import Store

    store = Store()
    table(
        COLUMNS,
        [
            (each.name, f"{store.present(each)} of {len(each.files)}", each.about, each.home)
            for each in datasets().values()
        ],
    )


@command.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...", type=DATA)
@click.option(
    "--mirror",
    envvar="MIRSCAN_MIRROR",
    metavar="URL",
    help="Try this address first, for the file PATH of the set NAME at URL/NAME/PATH; also MIRSCAN_MIRROR.",
)
@click.option(
    "--trust", is_flag=True, help="Accept and record files whose checksums differ from those expected."
)
@options.quiet
def fetch(names: tuple[str, ...], mirror: str | None, trust: bool, quiet: bool) -> None:
    """Fetch the data sets NAME, or what is missing of them, and check all their files.

    A download that broke off goes on where it ended. Proxies are taken from HTTP_PROXY and HTTPS_PROXY.
    """
    from mirscan.data.registry import dataset
    from mirscan.data.store import Store

    store = Store()
    for wanted in [dataset(name) for name in names]:
        home = store.fetch(wanted, mirror, trust, lambda line: options.say(line, quiet))
        options.say(f"{wanted.name}: {len(wanted.files)} files, checked, in {home}", quiet)


@command.command()
@click.argument("name", type=DATA)
def path(name: str) -> None:
    """Print the folder of the data set NAME."""
    from mirscan.data.registry import dataset
    from mirscan.data.store import Store

    click.echo(Store().path(dataset(name)))
