"""The document that a report is made of, and the page."""

from __future__ import annotations

import json

from mirscan.cli import main
from mirscan.report.clusters import NEAR
from mirscan.report.content import TIERS

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>document.title='owned'</script>&\""
COUNT = 14


def document(run, **changes):
    """The JSON of the scan with many hits: of all tiers, on two contigs, some of them in clusters."""
    content = json.loads((run / "hits.json").read_text())
    first = content["hits"][0]
    hits = []
    for at in range(COUNT):
        contig = HOSTILE if at % 2 else "demo3"
        start = 1_000 * at if at < 6 else 3 * NEAR * at
        size = first["end"] - first["start"]
        hits.append(
            {
                **first,
                "name": f"{contig}:{start + 1}-{start + size}:-",
                "contig": contig,
                "start": start,
                "end": start + size,
                "arms": None,
                "rank": COUNT - at,
                "score": round((at + 0.5) / COUNT, 6),
                "tier": {"name": TIERS[at % 3], "false_per_mb": [0.05, 0.4, 6.0][at % 3]},
                **changes,
            }
        )
    return {**content, "hits": hits, "contigs": {"demo3": 500_000, HOSTILE: 900_000}}


def page_of(run, tmp_path, content, *more):
    source, page = tmp_path / "hits.json", tmp_path / "page.html"
    source.write_text(json.dumps(content))
    assert main(["report", str(source), "-o", str(page), "--quiet", *more]) == 0
    return page
