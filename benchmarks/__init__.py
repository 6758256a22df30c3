"""What is measured of mirscan, and how: run from the checkout as `python -m benchmarks.FOLDER.SCRIPT`."""
