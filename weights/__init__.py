"""The weights that mirscan ships, a folder a model; `mirscan.checkpoint` reads them."""
