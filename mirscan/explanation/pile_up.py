"""The reads of an explained hairpin, where its evidence holds any."""

from __future__ import annotations

from mirscan.explanation.content import Explanation
from mirscan.explanation.svg.tracks import Track, Tracks
from mirscan.reads.measurement import NAME
from mirscan.reads.profile import Profile


def profile_of(explanation: Explanation) -> Profile | None:
    """The reads along the hairpin; None where there are none."""
    term = explanation.evidence.term(NAME)
    profile = Profile.from_json(term.numbers["profile"]) if term and "profile" in term.numbers else None
    return profile if profile and profile.lengths else None


def tracks_of_reads(explanation: Explanation, profile: Profile) -> Tracks:
    """How many reads cover each base above the sequence, and how many begin there below it."""
    hairpin = explanation.hairpin
    above, below = Track(profile.coverage, "heat"), Track(profile.starts, "harm")
    return Tracks(hairpin.sequence, hairpin.structure, above, below, explanation.arms)


def lengths_text(profile: Profile) -> str:
    """The counts by length in words."""
    counts = (f"{length} nt {reads:,.0f}" for length, reads in profile.lengths.items() if reads >= 0.5)
    return f"Reads by length: {', '.join(counts)}"
