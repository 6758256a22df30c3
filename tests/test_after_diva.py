"""The logs of trainings that follow each other, as one log."""

from __future__ import annotations

from benchmarks.tools.after_diva import add_log


def test_steps_of_a_later_run_count_from_the_end_of_the_log(tmp_path):
    log, run = tmp_path / "all.csv", tmp_path / "log.csv"
    log.write_text("step,image\n250,0.02\n400,0.018\n")
    run.write_text("step,image\n100,0.017\n180,0.016\n")
    add_log(run, log)
    add_log(run, log)
    rows = [line.split(",") for line in log.read_text().split()]
    assert [row[0] for row in rows] == ["step", "250", "400", "500", "580", "680", "760"]
    assert [row[1] for row in rows[3:]] == ["0.017", "0.016", "0.017", "0.016"]
