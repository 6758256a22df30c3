"""What the genomes of the data folder are: the clade that a scan of each takes it for."""

from __future__ import annotations

CLADE = {
    "hsa_chr20_0-7.39M": "vertebrate",
    "hsa_chr1_0-3M": "vertebrate",
    "hsa_chr3_42-44M": "vertebrate",
    "hsa_chr4_103-105M": "vertebrate",
    "hsa_compara_1.7Mb": "vertebrate",
    "ptr_compara_1.3Mb": "vertebrate",
    "cel_mir35_cluster": "nematode",
    "cel_chrI_1Mb": "nematode",
    "cel_start": "nematode",
    "cel_chrIII_1-2M": "nematode",
    "dme_chr4": "insect",
    "ath_1pct": "plant",
    "ath_1Mb": "plant",
    "sce_R64": "fungus",
    "eco_K12": "bacterium",
    "ebv": "virus",
    "hsv1": "virus",
    "vzv": "virus",
}
