"""The weights that mirscan ships, a folder a model; `mirscan.scoring.checkpoint` reads them."""
