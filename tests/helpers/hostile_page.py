"""Names that would do something on a page that did not take them for text."""

from __future__ import annotations

from mirscan.explanation.page import IN_FULL

HOSTILE = (
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "]]></title></style><script>document.title='owned'</script>",
    "</template></article><svg onload=\"document.title='owned'\">",
    "' onmouseover='document.title=1' x='",
    "javascript:document.title='owned'",
    "{{7*7}}${7*7}\x00\x07 & &amp; \u202egnol",
)
MANY = IN_FULL + len(HOSTILE)
SCORE = 3  # the column of the index, from 1 on
