"""Nothing of ours can load a pickle, and what ships needs none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import read_card
from mirscan.tree.file import load_tree, shipped_trees

PACKAGE = Path(find_spec("mirscan").origin).parent  # type: ignore[union-attr, arg-type]


def test_what_ships_is_loaded_without_a_pickle(monkeypatch: pytest.MonkeyPatch) -> None:
    def unpickled(*_: object, **__: object) -> None:
        raise AssertionError("a pickle is loaded")

    for place in ("pickle.load", "pickle.loads", "pickle.Unpickler", "torch.load"):
        monkeypatch.setattr(place, unpickled)
    for folder in checkpoint.shipped().values():
        assert checkpoint.load(folder, read_card(folder).kind)[1]
    for folder in shipped_trees().values():
        assert load_tree(folder).size


FORBIDDEN = {
    "pickle",
    "_pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "jsonpickle",
}
FORBIDDEN |= {"torch.load", "eval", "exec", "allow_pickle", "yaml.load", "pd.read_pickle"}


def _imports_and_calls(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call):
            yield ast.unparse(node.func)
            yield from (str(word.arg) for word in node.keywords if ast.unparse(word.value) != "False")
            yield from (str(word.value) for word in node.args if isinstance(word, ast.Constant))


@pytest.mark.parametrize("folder", [PACKAGE, PACKAGE.parent / "benchmarks", PACKAGE.parent / "wrappers"])
def test_nothing_of_ours_can_load_a_pickle(folder: Path) -> None:
    files = list(folder.rglob("*.py"))
    for path in files:
        assert not FORBIDDEN & set(_imports_and_calls(path.read_text())), path
    assert files or not folder.is_dir()


@pytest.mark.parametrize(
    "code",
    [
        *(
            "import pickle",
            "import pickle as innocent",
            "from pickle import loads",
            "import_module('pickle')",
        ),
        *(
            "from torch import load",
            "torch.load(path)",
            "np.load(path, allow_pickle=True)",
            "__import__('dill')",
        ),
    ],
)
def test_a_pickle_would_be_found(code: str) -> None:
    assert FORBIDDEN & set(_imports_and_calls(code))
