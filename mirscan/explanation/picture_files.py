"""Pictures as files: SVG as it is, PNG and PDF by CairoSVG, which comes with the extra `pictures`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirscan.errors import MirscanError, OutputError, UsageError

EXTRA = "`pip install 'mirscan[pictures]'` brings it."
EPOCH = "1970-01-01T00:00:00Z"  # that a PDF states as its date
NOT_IN_A_FILE_NAME = re.compile(r"[^A-Za-z0-9._+-]+")
LONGEST_NAME = 100
SCALE = 3.0  # pixels of a PNG for each of the picture: 288 dots an inch


def plain(name: str) -> str:
    """As much of a name as the name of a file can hold."""
    return NOT_IN_A_FILE_NAME.sub("_", name)[:LONGEST_NAME]


@dataclass(frozen=True, slots=True)
class PictureFolders:
    """Where pictures go, by format; None for nowhere.

    Attributes:
        svg: Folder of the SVGs.
        png: Folder of the PNGs.
        pdf: Folder of the PDFs.
    """

    svg: Path | None = None
    png: Path | None = None
    pdf: Path | None = None

    @property
    def wanted(self) -> list[Path]:
        """The folders that somebody wants."""
        return [folder for folder in (self.svg, self.png, self.pdf) if folder is not None]

    def check(self) -> None:
        """Find out before any work whether PNG and PDF can be made.

        Raises:
            UsageError: CairoSVG is not installed.
            MirscanError: It does not find the library that it calls.
        """
        if self.png or self.pdf:
            _cairosvg("png" if self.png else "pdf")

    def write(self, stem: str, pictures: Mapping[str, str]) -> None:
        """Write pictures into every folder that somebody wants, as `stem-name.suffix`.

        Args:
            stem: How the file names begin.
            pictures: Name → SVG that stands alone.

        Raises:
            OutputError: A folder cannot be written.
        """
        for suffix, folder in (("svg", self.svg), ("png", self.png), ("pdf", self.pdf)):
            if folder is None:
                continue
            convert = _converter(suffix)
            try:
                folder.mkdir(parents=True, exist_ok=True)
                for name, svg in pictures.items():
                    (folder / f"{stem}-{name}.{suffix}").write_bytes(convert(svg))
            except OSError as error:
                found = f"cannot be written ({error.strerror})"
                raise OutputError(str(folder), found, "a writable folder") from error


def _converter(suffix: str) -> Callable[[str], bytes]:
    """From SVG to the bytes of a file."""
    if suffix == "svg":
        return lambda svg: f"{svg}\n".encode()
    cairosvg = _cairosvg(suffix)
    if suffix == "png":
        return lambda svg: bytes(cairosvg.svg2png(bytestring=svg.encode(), scale=SCALE))
    return _timeless(cairosvg)


def _timeless(cairosvg: Any) -> Callable[[str], bytes]:
    """From SVG to a PDF that does not say when it was made: the same picture gives the same bytes."""
    import cairocffi

    def surface(*arguments: Any) -> Any:
        made = cairocffi.PDFSurface(*arguments)
        made.set_metadata(cairocffi.PDF_METADATA_CREATE_DATE, EPOCH)
        return made

    kind: Any = type("Timeless", (cairosvg.surface.PDFSurface,), {"surface_class": staticmethod(surface)})
    return lambda svg: bytes(kind.convert(bytestring=svg.encode()))


def _cairosvg(suffix: str) -> Any:
    try:
        import cairosvg
    except ModuleNotFoundError:
        raise UsageError(f"`{suffix}`", "needs CairoSVG, which is not installed", hint=EXTRA) from None
    except OSError as error:  # what it calls is no Python package
        found = "CairoSVG does not find the library cairo"
        raise MirscanError(f"`{suffix}`", found, "cairo, as libcairo2 or cairo of your system") from error
    return cairosvg
