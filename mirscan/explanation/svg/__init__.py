"""Pictures of a hairpin, as SVG."""
