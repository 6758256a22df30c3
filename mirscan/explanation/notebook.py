"""An explained hairpin as an object: text in a terminal, the page of `mirscan explain` in a notebook."""

from __future__ import annotations

import io
from dataclasses import dataclass
from html import escape

from mirscan.explanation.content import Explanation
from mirscan.explanation.explainer import Explainer
from mirscan.explanation.page import write_page
from mirscan.explanation.pictures import fold_picture
from mirscan.explanation.terminal import panel

HEIGHT = "48rem"  # of the page in a notebook; it scrolls inside
TEXT_WIDTH = 100  # columns


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Explained:
    """Why a hairpin is called, or is not. In a notebook it shows the page of `mirscan explain`.

    Attributes:
        explanation: All that is said: `score`, `called`, `attention`, `rule`, `concepts`, `neighbours`, …
        explainer: The models that said it.
    """

    explanation: Explanation
    explainer: Explainer

    def __repr__(self) -> str:
        known = self.explanation
        verdict = "called" if known.called else "not called"
        return f"<Explained {known.subject.name} score {known.score:.6f} {verdict}>"

    @property
    def html(self) -> str:
        """One self-contained page."""
        stream = io.StringIO()
        write_page(stream, [self.explanation], self.explainer, self.explanation.subject.name)
        return stream.getvalue()

    @property
    def svg(self) -> str:
        """The picture of the fold, each base coloured by the attention of the network."""
        return fold_picture(self.explanation, alone=True)

    def __str__(self) -> str:
        from rich.console import Console

        stream = io.StringIO()
        console = Console(file=stream, width=TEXT_WIDTH, highlight=False, no_color=True)
        console.print(panel(self.explanation), soft_wrap=True)
        return stream.getvalue().rstrip()

    def _repr_html_(self) -> str:
        """A frame of its own, whose styles leave the notebook alone."""
        style = f"width:100%;height:{HEIGHT};border:0"
        return f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" style="{style}"></iframe>'
