"""Fetching public data, from a server on this machine that behaves well, badly, or not at all."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mirscan.cli import main
from mirscan.data.download import DownloadError, Patience, download
from mirscan.data.registry import Dataset, File, datasets, sequences_sha256
from mirscan.data.store import RECORDS, Store
from mirscan.errors import InputError, OutputError

FASTA = b">a one\nacgu\nACGT\n>b\nGGGG\n" * 500
QUICK = Patience(connect=2, silent=0.3, attempts=3, pause=0.01)


class Server(ThreadingHTTPServer):
    """Serves FASTA at every address; the first part of the path says what goes wrong.

    Attributes:
        asked: (path, Range header) of every request, in order.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str | None]] = []
        self.tag, self.body = '"v1"', FASTA

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """What the server does for each first part of a path."""

    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        manner = self.path.lstrip("/").split("/")[0]
        known = self.headers.get("If-Range") in (None, self.server.tag)
        first = int(re.findall(r"\d+", wanted)[0]) if wanted and known and manner != "no-ranges" else 0
        tries = sum(path == self.path for path, _ in self.server.asked)
        if manner == "missing":
            self.send_error(404)
            return
        if manner == "busy" and tries == 1:
            self.send_error(503)
            return
        body = b"<html>please log in</html>" if manner == "login" else self.server.body[first:]
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(body)))
        if manner != "no-tag":
            self.send_header("ETag", self.server.tag)
        self.end_headers()
        if manner in ("broken", "no-ranges", "no-tag") and tries == 1:
            body = body[:1000]
        if manner == "always-broken":
            body = body[:1]
        if manner == "slow" and tries == 1:
            self.wfile.write(body[:1000])
            self.wfile.flush()
            threading.Event().wait(1)
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def fetched(server: Server, folder: Path, *manners: str) -> bytes:
    _, part = download([f"{server.url}/{manner}/x.fa" for manner in manners], folder / "x.fa", QUICK)
    return part.read_bytes()


@pytest.mark.parametrize("manner", ["well", "busy", "broken", "slow", "no-ranges", "no-tag"])
def test_the_file_arrives_whole_whatever_happens_on_the_way(
    manner: str, server: Server, tmp_path: Path
) -> None:
    assert fetched(server, tmp_path, manner) == FASTA
    assert [path.name for path in tmp_path.iterdir()] == ["x.fa.part"]


@pytest.mark.parametrize("manner", ["broken", "slow"])
def test_a_broken_download_goes_on_where_it_ended(manner: str, server: Server, tmp_path: Path) -> None:
    fetched(server, tmp_path, manner)
    assert [wanted for _, wanted in server.asked] == [None, "bytes=1000-"]


def test_without_a_version_tag_it_begins_anew(server: Server, tmp_path: Path) -> None:
    fetched(server, tmp_path, "no-tag")
    assert [wanted for _, wanted in server.asked] == [None, None]


def test_a_later_run_goes_on_too_but_not_with_another_version(server: Server, tmp_path: Path) -> None:
    once = Patience(connect=2, silent=0.3, attempts=1)
    for tag, body in (('"v1"', FASTA), ('"v2"', FASTA.lower())):
        server.asked.clear()
        server.tag, server.body = '"v1"', FASTA
        with pytest.raises(DownloadError):
            download([f"{server.url}/broken/x.fa"], tmp_path / "x.fa", once)
        server.tag, server.body = tag, body
        _, part = download([f"{server.url}/broken/x.fa"], tmp_path / "x.fa", once)
        assert part.read_bytes() == body
        assert server.asked[1][1] == "bytes=1000-"
        part.unlink()


def test_a_mirror_helps(server: Server, tmp_path: Path) -> None:
    assert fetched(server, tmp_path, "missing", "always-broken", "well") == FASTA
    assert sum("missing" in path for path, _ in server.asked) == 1, "404 is final"
    assert sum("always-broken" in path for path, _ in server.asked) == QUICK.attempts


def test_nothing_there_says_what_to_do(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        fetched(server, tmp_path, "missing", "always-broken")
    message = str(caught.value)
    assert "answer 404" in message
    assert "put it at" in message
    assert str(tmp_path / "x.fa") in message
    with serving() as gone:
        url = gone.url
    with pytest.raises(DownloadError, match="no connection"):
        download([f"{url}/x.fa"], tmp_path / "y.fa", QUICK)


def test_the_proxy_of_the_environment_is_used(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", server.url)
    _, part = download(["http://mirgenedb.invalid/x.fa"], tmp_path / "x.fa", QUICK)
    assert part.read_bytes() == FASTA
    assert server.asked == [("http://mirgenedb.invalid/x.fa", None)]


def a_dataset(server: Server, manner: str = "well", **facts: str) -> Dataset:
    return Dataset("set", "a set", "", "", (File("in/x.fa", (f"{server.url}/{manner}/x.fa",), **facts),))


def test_the_checksum_decides(server: Server, tmp_path: Path) -> None:
    right = hashlib.sha256(FASTA).hexdigest()
    home = Store(tmp_path, QUICK).fetch(a_dataset(server, sha256=right))
    assert (home / "in/x.fa").read_bytes() == FASTA
    with pytest.raises(InputError, match="not the file that was expected"):
        Store(tmp_path / "other", QUICK).fetch(a_dataset(server, sha256="0" * 64))
    assert not list(tmp_path.glob("other/**/x.fa*"))


def test_an_unknown_checksum_is_recorded_and_kept_to(server: Server, tmp_path: Path) -> None:
    store, wanted = Store(tmp_path, QUICK), a_dataset(server)
    home = store.fetch(wanted)
    assert json.loads((home / RECORDS).read_text()) == {"in/x.fa": hashlib.sha256(FASTA).hexdigest()}
    store.fetch(wanted)
    assert len(server.asked) == 1, "what is there is not fetched again"
    (home / "in/x.fa").write_bytes(FASTA + b">c\nA\n")
    with pytest.raises(InputError, match="recorded when it was first fetched"):
        store.fetch(wanted)
    store.fetch(wanted, trust=True)
    store.fetch(wanted)


def test_the_sequences_are_known_where_the_bytes_are_not(server: Server, tmp_path: Path) -> None:
    known = tmp_path / "known.fa"
    known.write_bytes(FASTA.replace(b"\nACGT", b"ACGT").upper())  # other lines, other case, T
    content = sequences_sha256(known)
    Store(tmp_path, QUICK).fetch(a_dataset(server, sequences=content))
    known.write_bytes(FASTA[:-1] + b"A\n")
    assert sequences_sha256(known) != content
    with pytest.raises(InputError, match="of its sequences"):
        Store(tmp_path / "other", QUICK).fetch(a_dataset(server, sequences=sequences_sha256(known)))


def test_a_login_page_is_no_data(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it begins with b'<'"):
        Store(tmp_path, QUICK).fetch(a_dataset(server, "login"))
    assert not list(tmp_path.glob("**/x.fa"))


def test_a_file_put_there_by_hand_is_checked_and_taken(server: Server, tmp_path: Path) -> None:
    (tmp_path / "set/in").mkdir(parents=True)
    (tmp_path / "set/in/x.fa").write_bytes(FASTA)
    Store(tmp_path, QUICK).fetch(a_dataset(server, "missing"))
    assert server.asked == []


def test_the_mirror_of_the_command_line_is_asked_first(server: Server, tmp_path: Path) -> None:
    Store(tmp_path, QUICK).fetch(a_dataset(server, "missing"), mirror=f"{server.url}/well/")
    assert [path for path, _ in server.asked] == ["/well/set/in/x.fa"]


def test_a_folder_that_cannot_be_is_said(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="MIRSCAN_DATA"):
        Store(tmp_path / "file", QUICK).fetch(a_dataset(server))


def test_the_commands(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MIRSCAN_DATA", str(tmp_path))
    assert main(["data", "path", "mirgenedb"]) == 1
    assert "mirscan data fetch mirgenedb" in capsys.readouterr().err
    assert main(["data", "fetch", "mirgenedb", "--mirror", f"{server.url}/well"]) == 0
    capsys.readouterr()
    assert main(["data", "path", "mirgenedb"]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/mirgenedb\n"
    assert main(["data", "list"]) == 0
    assert re.search(r"^mirgenedb +1 of 1 ", capsys.readouterr().out, re.MULTILINE)
    assert main(["data", "path", "no-such"]) == 2


def test_the_registry_knows_the_benchmarks_that_the_models_were_measured_on(shared_data: Path) -> None:
    for file in datasets()["deepmirgene"].files:
        assert file.sequences == sequences_sha256(shared_data / "deepmirgene" / f"{file.path}.gz"), file.path


def test_what_training_needs_is_what_is_fetched(tmp_path: Path) -> None:
    from mirscan.training.deepmirgene.benchmarks import PARTS, check_files

    for file in datasets()["deepmirgene"].files:
        (tmp_path / file.path).parent.mkdir(exist_ok=True)
        (tmp_path / file.path).write_text(">a\nACGU\n")
    for benchmark in PARTS:
        check_files(tmp_path, benchmark)
