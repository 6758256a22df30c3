"""What is refused, and how: in a line, with an exit code."""

from __future__ import annotations

QUICK = ("--threads", "1", "--tree", "none", "--arms", "none", "--decoys", "off", "--quiet")


def refused(code: int, message: str, *words: str) -> None:
    """One line that says what is wrong, and an exit code that says so too."""
    assert code in (1, 2)
    assert message.startswith(("mirscan: error: ", "Usage: "))
    assert "a mistake in mirscan" not in message
    assert "Traceback" not in message
    assert message.startswith("Usage: ") or message.count("\n") == 1
    for word in words:
        assert word in message
