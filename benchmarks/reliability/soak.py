"""Hours of scans that are interrupted at random and resumed: do they always end with the same bytes?

python -m benchmarks.reliability.soak --hours 2

Each round scans the same small genome. Its runs are killed (SIGKILL to the scan or to one of its workers) or
asked to end (SIGTERM, SIGHUP, Ctrl-C) at random times, and resumed until one comes to its end. After every
run its processes must be gone, its semaphores with them, and the journal must hold no less than it did just
before; a run that comes to no end is killed and told of. After every round the folder must hold the results
and nothing else, and the results the bytes of a scan that nobody touched. A second process stays alive and
repeats the scan in itself, to see whether its memory, its open files or its processes grow. The JSON is
written after every round, so that what ran is known however the soak itself ends; a soak is added to those
that are in it already.

The one thing that a killed scan may leave is the folder of Python's fork server (pymp-…, with a socket), if
it is killed in the moment before that has started; they are counted.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.tools.processes import ended, is_worker, semaphores_of_nobody, session
from benchmarks.tools.results import parser_for, write
from benchmarks.tools.soak_tally import Tally
from mirscan.demo import SEED, example_genome
from mirscan.errors import MirscanError
from mirscan.pipeline.journal import SUFFIX, Journal

SEEDS = (SEED, SEED + 1)  # of the example genomes that make up the genome
RESULTS = ("hits.gff3", "hits.tsv", "hits.bed.gz", "hits.bed.gz.tbi")
INTERRUPTIONS = 3  # at most, a round
EXPECTED = {
    "kill": {-signal.SIGKILL},
    "worker": {1},
    "term": {128 + signal.SIGTERM},
    "hup": {128 + signal.SIGHUP},
    "int": {128 + signal.SIGINT},
}
STARTING = {-signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT}  # before Python can handle them
ENDED_WITHIN = 15.0  # seconds in which all processes of an interrupted run must be gone
HANGS = 600.0  # seconds after which a run of seconds is taken to hang
RESIDENT_EVERY = 2  # rounds
RESIDENT = """
import json, os, sys
from mirscan.cli import main
for line in sys.stdin:
    code = main(json.loads(line))
    status = dict(row.split(":", 1) for row in open("/proc/self/status").read().splitlines())
    facts = {"code": code, "kB": int(status["VmRSS"].split()[0]), "files": len(os.listdir("/proc/self/fd"))}
    print(json.dumps(facts), flush=True)
"""


class Soak:
    """The rounds, in a folder of their own."""

    def __init__(self, folder: Path, share: float, seed: int) -> None:
        self.tally = Tally()
        self._share = share
        self._dice = random.Random(seed)
        self._kept = 0  # chunks in the journal when it was last looked at
        self._semaphores = semaphores_of_nobody()  # of others, and older
        self._folder = folder / "results"
        self._temporary = folder / "tmp"
        self._genome = folder / "genome.fa"
        self._temporary_of_resident = folder / "resident"
        for each in (self._folder, self._temporary, self._temporary_of_resident):
            each.mkdir()
        self._environment = {**os.environ, "TMPDIR": str(self._temporary), "OMP_NUM_THREADS": "1"}
        self.bases = self._write_genome()
        self._typical, self._whole = self._reference()
        self.chunks = self._chunks_of_a_scan()
        self._resident = subprocess.Popen(
            [sys.executable, "-c", RESIDENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**self._environment, "TMPDIR": str(self._temporary_of_resident)},
            start_new_session=True,
        )

    def round(self) -> None:
        """One scan, interrupted some times, resumed until it is done, and compared."""
        for each in self._folder.iterdir():
            each.unlink()
        left, self._kept = self._dice.randint(1, INTERRUPTIONS), 0
        while self._run(self._dice.choice(list(EXPECTED)) if left else None) != 0:
            left = max(0, left - 1)
            self._check_kept()
        self._compare()
        if self.tally.rounds % RESIDENT_EVERY == 0:
            self._repeat_in_resident()
        self.tally.rounds += 1

    def close(self) -> None:
        """End the resident process."""
        assert self._resident.stdin
        self._resident.stdin.close()
        self._resident.wait()

    def _write_genome(self) -> int:
        contigs = {
            f"{name}-{seed}": bases for seed in SEEDS for name, bases in example_genome(seed)[0].items()
        }
        self._genome.write_text("".join(f">{name}\n{bases}\n" for name, bases in contigs.items()))
        return sum(map(len, contigs.values()))

    def _arguments(self, threads: int | None = None) -> list[str]:
        threads = threads or self._dice.randint(1, 2)
        outputs = [f"-o{self._folder / name}" for name in RESULTS if not name.endswith(".tbi")]
        options = ["--min-score", "0.02", "--threads", str(threads), "--quiet"]
        return ["scan", str(self._genome), *outputs, *options, "--resume", "--force"]

    def _reference(self) -> tuple[float, dict[str, bytes]]:
        started = time.monotonic()
        command = [sys.executable, "-m", "mirscan", *self._arguments()]
        subprocess.run(command, check=True, env=self._environment)
        return time.monotonic() - started, {name: (self._folder / name).read_bytes() for name in RESULTS}

    def _chunks_of_a_scan(self) -> int:
        shard = self._folder / "whole.shard"
        command = ["scan", str(self._genome), "--shard", "1/1", "-o", str(shard), "--threads", "1", "--quiet"]
        subprocess.run([sys.executable, "-m", "mirscan", *command], check=True, env=self._environment)
        journal = Journal.open(shard)
        return journal.finished if journal else 0

    def _run(self, fault: str | None) -> int:
        """One run, with a fault or without; its exit code. Rests afterwards: the machine is shared."""
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "mirscan", *self._arguments()],
            env=self._environment,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        struck = fault is not None and self._strike(process, fault)
        watchdog = threading.Timer(HANGS, self._end_hanging, [process])
        watchdog.start()
        _, status, usage = os.wait4(process.pid, 0)
        watchdog.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        self._judge_end(process, fault if struck else None)
        self.tally.runs += 1
        cpu = usage.ru_utime + usage.ru_stime
        self.tally.cpu_seconds += cpu
        if process.returncode == 0:
            self.tally.peak_kilobytes.append(usage.ru_maxrss)
            self._typical = (
                0.8 * self._typical + 0.2 * (time.monotonic() - began) if not struck else self._typical
            )
        time.sleep(max(0.0, cpu / self._share - (time.monotonic() - began)))
        return process.returncode

    def _end_hanging(self, process: subprocess.Popen[bytes]) -> None:
        self._problem(f"a run hangs: killed after {HANGS:.0f} s")
        process.kill()

    def _strike(self, process: subprocess.Popen[bytes], fault: str) -> bool:
        """Let a run go on for a while, then do what the fault says; whether it still ran."""
        until = time.monotonic() + self._dice.uniform(0.1, 1.1) * self._typical
        while time.monotonic() < until:
            if ended(process.pid):
                return False
            time.sleep(0.05)
        self._kept = max(self._kept, self._in_journal())  # what is in it now must still be there afterwards
        if fault == "worker":
            workers = [pid for pid in session(process.pid) if is_worker(pid)]
            if not workers:
                return False
            os.kill(self._dice.choice(workers), signal.SIGKILL)
        elif fault == "int":
            os.killpg(process.pid, signal.SIGINT)
        else:
            os.kill(process.pid, getattr(signal, f"SIG{fault.upper()}"))
        return True

    def _judge_end(self, process: subprocess.Popen[bytes], fault: str | None) -> None:
        """Was the end of a run as it should be, and are all its processes gone?"""
        assert process.stderr
        code = process.returncode
        until = time.monotonic() + ENDED_WITHIN
        while session(process.pid) and time.monotonic() < until:
            time.sleep(0.05)
        if left := session(process.pid):
            self._problem(f"{fault}: {len(left)} processes left")
        words = process.stderr.read().decode()
        process.stderr.close()
        lost = semaphores_of_nobody() - self._semaphores
        while lost and time.monotonic() < until:  # those of other programs come and go
            time.sleep(0.5)
            lost &= semaphores_of_nobody()
        if lost:
            self._semaphores |= lost
            self._problem(f"{fault}: semaphores left: {sorted(lost)}")
        if fault and code:
            self.tally.interruptions[fault] += 1
        if code not in {0, *(EXPECTED[fault] if fault else ()), *(STARTING if fault else ())}:
            self._problem(f"{fault}: exit code {code}: {words[-300:]}")
        if code == -signal.SIGINT and _is_interrupted_import(words):
            self.tally.interrupted_imports += 1
        elif "Traceback" in words:
            self._problem(f"{fault}: a traceback: {words[-2000:]}")

    def _check_kept(self) -> None:
        """The chunks in the journal after an interruption, which must not have become fewer.

        An interruption can come so late that the results are there, and the journal gone as it should be:
        then the next run begins anew.
        """
        files = {path.name for path in self._folder.iterdir()}
        if files == set(RESULTS):
            self._compare()
            self._kept = 0
            return
        kept = self._in_journal()
        if kept < self._kept:
            self._problem(f"{self._kept} chunks were kept, then {kept}; the folder held {sorted(files)}")
        self.tally.chunks_found += kept
        self._kept = kept

    def _in_journal(self) -> int:
        """The chunks in the journal; 0 where there is none."""
        try:
            journal = Journal.open(self._folder / f"{RESULTS[0]}{SUFFIX}")
        except MirscanError:
            return 0  # not there yet, or not there any more
        kept = journal.finished if journal else 0
        if journal:
            journal.close()
        return kept

    def _compare(self) -> None:
        found = sorted(path.name for path in self._folder.iterdir())
        if found != sorted(RESULTS):
            self._problem(f"the folder holds {found}")
        elif any((self._folder / name).read_bytes() != self._whole[name] for name in RESULTS):
            self.tally.differences += 1
        for left in self._temporary.iterdir():
            if not left.name.startswith("pymp-"):
                self._problem(f"a temporary file is left: {left.name}")
            self.tally.fork_server_folders += 1
            shutil.rmtree(left)

    def _repeat_in_resident(self) -> None:
        assert self._resident.stdin
        assert self._resident.stdout
        self._resident.stdin.write(json.dumps(self._arguments(2 - len(self.tally.resident) % 2)) + "\n")
        self._resident.stdin.flush()
        facts = json.loads(self._resident.stdout.readline())
        if facts.pop("code"):
            self._problem("the resident process failed")
        facts["processes"] = len(session(self._resident.pid))
        facts["temporary"] = len(list(self._temporary_of_resident.iterdir()))
        self.tally.resident.append(facts)
        self._compare()

    def _problem(self, what: str) -> None:
        self.tally.problems.append(f"round {self.tally.rounds}: {what}")


def _is_interrupted_import(words: str) -> bool:
    """Whether Ctrl-C came while Python imported the command line, before that could hear of it."""
    alone = words.count("Traceback") == 1 and words.rstrip().endswith("KeyboardInterrupt")
    return not words or (alone and "in main" not in words)


def main() -> None:
    parser = parser_for(__doc__, "soak.json")
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--share", type=float, default=0.15, help="of a core")
    parser.add_argument("--seed", type=int, default=8)
    given = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):  # a soak in the background (nohup, &)
        signal.signal(number, signal.SIG_DFL)  # has deaf ears, which its scans would inherit
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder), given.share, given.seed)
        until = time.monotonic() + 3600 * given.hours
        earlier = json.loads(given.json.read_text()) if given.json.exists() else []
        while time.monotonic() < until:
            soak.round()
            soaks = [*earlier, soak.tally.as_dict(soak.chunks, soak.bases)]
            write(given.json, soaks)
        soak.close()


if __name__ == "__main__":
    main()
