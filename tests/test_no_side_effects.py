"""A program that calls us finds itself as it was, and needs no guard around its start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mirscan.cli import main

SCRIPT = """
import os, random, signal, sys, warnings
import numpy as np
import torch

def state():
    return {
        "threads": torch.get_num_threads(),
        "threads between operations": torch.get_num_interop_threads(),
        "type": torch.get_default_dtype(),
        "gradients": torch.is_grad_enabled(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "seed of torch": torch.random.get_rng_state().tolist(),
        "seed of numpy": repr(np.random.get_state()),
        "seed of Python": random.getstate(),
        "errors of numpy": np.geterr(),
        "printing of numpy": repr(np.get_printoptions()),
        "variables": dict(os.environ),
        "folder": os.getcwd(),
        "places to import from": list(sys.path),
        "script": sys.modules["__main__"].__file__,
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)],
        "warnings": list(warnings.filters),
        "recursion": sys.getrecursionlimit(),
    }

torch.set_num_threads(3)
torch.manual_seed(5), np.random.seed(5), random.seed(5)
import mirscan  # what the libraries below set when they are loaded is theirs
import mirscan.api
before = state()

def compare(what):
    after = state()
    changed = [name for name in before if before[name] != after[name]]
    assert not changed, (what, changed)

hairpin = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
mirscan.predict([hairpin], threads=2)
compare("predict")
hits = list(mirscan.scan("demo.fa", region="demo3:1-10,000", threads=2))
compare("scan")
mirscan.explain(hits[0])
compare("explain")
assert hits == list(mirscan.scan("demo.fa", region="demo3:1-10,000"))
print(len(hits))
"""


def test_a_script_without_a_guard_works_and_stays_as_it_was(tmp_path: Path) -> None:
    assert main(["demo", str(tmp_path / "demo.fa"), "--quiet"]) == 0
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1, "the script ran once, not in its workers as well"
    assert int(done.stdout) > 0
