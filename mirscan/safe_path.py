"""Nothing is imported from the folder somebody works in: anyone may have put a `random.py` there.

Python puts the folder of a script, and with `-m` the working directory, before everything else that it
imports from. Where mirscan is the program, that place is given up here. This is imported before all else, and
so imports nothing that is not there already when Python starts.
"""

import os
import sys

NAME = "mirscan"
SEARCHED = "PYTHONPATH"  # the environment variable, in which an empty entry means the working directory
HERE = ("", ".")


def is_the_program() -> bool:
    """Whether this process was started as `mirscan` or `python -m mirscan`, and not by somebody's script."""
    given = sys.orig_argv
    as_module = any(pair == ("-m", NAME) for pair in zip(given, given[1:], strict=False))  # noqa: RUF007
    return as_module or os.path.basename(sys.argv[0] if sys.argv else "") == NAME  # noqa: PTH119


def give_up_first() -> None:
    """Give up the first place to import from, the program's or the working directory, and all like it.

    Where mirscan itself lies there, the place becomes the last: a checkout still runs.
    """
    unsafe = {*HERE, *([] if sys.flags.safe_path else sys.path[:1])}
    if _has_here(os.environ.get(SEARCHED, "")):
        unsafe.add(os.path.realpath("."))
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    last = [home] if home in unsafe else []
    sys.path[:] = [each for each in sys.path if each not in unsafe] + last


def _has_here(searched: str) -> bool:
    return bool(searched) and any(each in HERE for each in searched.split(os.pathsep))


def environment() -> dict[str, str | None]:
    """The variables that keep a Python started by us from the working directory; None for none at all."""
    searched = os.environ.get(SEARCHED, "")
    safe = os.pathsep.join(each for each in searched.split(os.pathsep) if each not in HERE)
    return {"PYTHONSAFEPATH": "1", SEARCHED: safe or None}


if is_the_program():
    give_up_first()
