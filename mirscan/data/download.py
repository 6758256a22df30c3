"""A download that goes on where it broke off."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from mirscan.errors import MirscanError

BLOCK = 1 << 16  # bytes read at once
CONNECT_SECONDS, SILENT_SECONDS = 10.0, 60.0  # the longest wait for a connection, and between two blocks
ATTEMPTS = 4  # for each address; every attempt goes on where the last one ended
PAUSE_SECONDS = 1.0  # before the second attempt; doubled before each further one
PARTIAL, WHOLE, NOT_THERE = 206, 200, 416
TRANSIENT = (408, 425, 429, 500, 502, 503, 504)  # answers that another moment may better


class DownloadError(MirscanError):
    """A file could not be fetched from any of its addresses."""


class _FinalError(Exception):
    """An answer that another attempt at the same address will not change."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a download is tried.

    Attributes:
        connect: Longest wait for a connection, seconds.
        silent: Longest wait for the next block, seconds.
        attempts: Attempts at each address.
        pause: Wait before the second attempt, seconds; doubled before each further one.
    """

    connect: float = CONNECT_SECONDS
    silent: float = SILENT_SECONDS
    attempts: int = ATTEMPTS
    pause: float = PAUSE_SECONDS


def download(urls: Sequence[str], destination: Path, patience: Patience | None = None) -> tuple[str, Path]:
    """Fetch a file from the first of its addresses that gives it whole.

    What arrived before a break waits beside the destination as `NAME.part`, and the next attempt, in this run
    or in a later one, asks the server for the rest. Proxies are taken from the environment, as curl does.

    Args:
        urls: Addresses, in the order in which they are tried.
        destination: Where the file is to stand in the end.
        patience: How long to try.

    Returns:
        The address that gave the file, and where it lies: beside the destination, still to be checked.

    Raises:
        DownloadError: No address gave it; it says what each answered, and what can be done by hand.
    """
    patience = patience or Patience()
    part = destination.with_name(destination.name + ".part")
    reasons = []
    for url in urls:
        try:
            _persist(url, part, patience)
        except (requests.RequestException, _FinalError) as error:
            reasons.append(f"{url}: {_reason(error)}")
            continue
        return url, part
    raise DownloadError(
        str(destination),
        f"could not be fetched ({'; '.join(reasons)})",
        "a connection to one of these addresses",
        f"Without one, fetch {urls[0]} elsewhere, put it at {destination} and run this again; a mirror "
        "can be named with --mirror, a proxy with HTTPS_PROXY.",
    )


def _persist(url: str, part: Path, patience: Patience) -> None:
    """Try an address again and again, each time from where the last attempt ended."""
    for attempt in range(patience.attempts):
        try:
            return _receive(url, part, patience)
        except requests.RequestException:
            if attempt + 1 == patience.attempts:
                raise
            time.sleep(patience.pause * 2**attempt)
    return None


def _receive(url: str, part: Path, patience: Patience) -> None:
    """One attempt: the part grows by what arrives."""
    offset, tag = _begun(part, url)
    # compressed on the way, a file could not be continued at a byte of its own
    headers = {"Accept-Encoding": "identity"}
    if offset:
        headers |= {"Range": f"bytes={offset}-", "If-Range": tag}
    wait = (patience.connect, patience.silent)
    with requests.get(url, headers=headers, stream=True, timeout=wait) as answer:
        if answer.status_code == NOT_THERE:
            _forget(part)
            raise requests.ConnectionError("the part at hand does not fit the file; begun anew")
        if answer.status_code in TRANSIENT:
            raise requests.ConnectionError(f"answer {answer.status_code} {answer.reason}")
        if answer.status_code not in (WHOLE, PARTIAL):
            raise _FinalError(f"answer {answer.status_code} {answer.reason}")
        resumed = answer.status_code == PARTIAL
        _tag_file(part).write_text(f"{url}\n{answer.headers.get('ETag', '')}\n", encoding="utf-8")
        with part.open("ab" if resumed else "wb") as target:
            for block in _blocks(answer):
                target.write(block)
    _tag_file(part).unlink(missing_ok=True)


def _blocks(answer: requests.Response) -> Iterator[bytes]:
    """The body, as it comes in; ends in an exception where fewer bytes arrive than were announced."""
    try:
        while block := answer.raw.read1(BLOCK):  # iter_content would lose what arrives before a break
            yield block
    except HTTPError as error:
        raise requests.ConnectionError(f"broke off ({type(error).__name__})") from error


def _begun(part: Path, url: str) -> tuple[int, str]:
    """How many bytes are there from this address, and the tag of the version they are of.

    Without a strong tag nothing says that the rest would be of the same version: begun anew.
    """
    try:
        source, tag, *_ = _tag_file(part).read_text(encoding="utf-8").split("\n")
        size = part.stat().st_size
    except (OSError, ValueError):
        source, tag, size = "", "", 0
    if source == url and tag.startswith('"') and size:
        return size, tag
    _forget(part)
    return 0, ""


def _tag_file(part: Path) -> Path:
    return part.with_name(part.name + ".from")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _tag_file(part).unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not answer"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "no trusted certificate"
    if isinstance(error, requests.ConnectionError) and "Max retries" in str(error):
        return "no connection"
    return str(error)
