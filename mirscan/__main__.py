"""`python -m mirscan` is `mirscan`."""

import sys

from mirscan.cli import main

if __name__ == "__main__":
    sys.exit(main())
