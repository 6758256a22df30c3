"""The options for folders of pictures: --svg, --png, --pdf."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

# format → what it needs beyond mirscan
PICTURES = {
    "svg": "",
    "png": "; needs mirscan[pictures]",
    "pdf": "; needs mirscan[pictures]",
}


def pictures(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options; it gets them as `folders`, when what they need is there."""

    @wraps(command)
    def with_folders(*arguments: Any, **given: Any) -> None:
        from mirscan.explanation.picture_files import PictureFolders

        folders = PictureFolders(**{name: given.pop(name) for name in PICTURES})
        folders.check()
        command(*arguments, **given, folders=folders)

    for name, needs in reversed(PICTURES.items()):
        option = click.option(
            f"--{name}",
            type=click.Path(file_okay=False, path_type=Path),
            metavar="FOLDER",
            help=f"Write each picture as {name.upper()} into a folder{needs}.",
        )
        option(with_folders)
    return with_folders
