"""Garbage is searched for seldom while a command runs, and as usual afterwards."""

from __future__ import annotations

import gc

import pytest

from mirscan.runtime.garbage import SELDOM, searched_seldom


def test_the_usual_search_comes_back_however_the_work_ends() -> None:
    usual = gc.get_threshold()
    with pytest.raises(ValueError, match="ended"), searched_seldom():
        assert gc.get_threshold() == SELDOM != usual
        raise ValueError("ended")
    assert gc.get_threshold() == usual
