"""The notebook of the documentation runs from its first cell to its last."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "notebook.ipynb"


def shown(cell: Any) -> str:
    """Everything that a cell has printed or drawn."""
    texts = [output.get("text", "") for output in cell.outputs]
    return "".join(
        [*texts, *(str(data) for output in cell.outputs for data in output.get("data", {}).values())]
    )


def test_it_holds_no_outputs() -> None:
    nbformat = pytest.importorskip("nbformat")
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert len(cells) > 10
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_cell_runs(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(shutil.copy(NOTEBOOK, tmp_path), as_version=4)
    nbclient.NotebookClient(notebook, timeout=500, resources={"metadata": {"path": str(tmp_path)}}).execute()
    cells = [shown(cell) for cell in notebook.cells if cell.cell_type == "code"]
    assert "hsa-mir-21" in cells[1]
    assert "bits in all: score" in cells[2]
    assert "<iframe" in cells[3]
    assert "<svg" in cells[4]
    assert cells[6].count("<rect") == 8
