"""The models of a program that scans, scores and explains more than once: loaded the first time."""

from __future__ import annotations

from functools import cache

from mirscan.pipeline.request import ScanRequest
from mirscan.pipeline.start import Models
from mirscan.scoring.arms import ArmFinder
from mirscan.scoring.scorer import Scorer
from mirscan.tree.judge import Judge


@cache
def loaded_scorer(model: str, device: str, prevalence: float | None = None) -> Scorer:
    """A network that scores."""
    return Scorer(model, device, prevalence=prevalence)


@cache
def _arm_finder(arms: str, device: str) -> ArmFinder:
    return ArmFinder(arms, device)


@cache
def _judge(tree: str, device: str) -> Judge:
    return Judge(tree, device)


class LoadedModels(Models):
    """The models of a program that may scan again: loaded once."""

    def scorer(self, asked: ScanRequest) -> Scorer:
        """See `Models`."""
        return loaded_scorer(asked.model, asked.device, asked.prevalence)

    def judge(self, asked: ScanRequest) -> Judge | None:
        """See `Models`."""
        return _judge(asked.tree, asked.device) if asked.tree else None

    def arms(self, asked: ScanRequest) -> ArmFinder | None:
        """See `Models`."""
        return _arm_finder(asked.arms, asked.device) if asked.arms else None
