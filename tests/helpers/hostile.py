"""Input that means no good, generated: what is no genome in every way that one meets."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile
import zlib

from mirscan.demo import PRECURSORS
from mirscan.genome.fasta import LONGEST_HEADER

BASES = "".join(random.Random(11).choices("ACGT", k=400)) + PRECURSORS["hsa-mir-21"].replace("U", "T")
GOOD = f">one words\n{BASES}\n>two\n{BASES[::-1]}\n".encode()


def bgzf(content: bytes, block: int = 1 << 16) -> bytes:
    """BGZF of small blocks, as bgzip would write it."""
    packed = b""
    for first in range(0, len(content), block):
        deflated = gzip.compress(content[first : first + block], mtime=0)[10:]
        size = 18 + len(deflated) - 1
        head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + size.to_bytes(2, "little")
        packed += head + deflated
    return packed + bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def _zip(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("genome.fa", content)
    return stream.getvalue()


def _noise(seed: int) -> bytes:
    return random.Random(seed).randbytes(3_000)


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]


PACKED, BLOCKED = gzip.compress(GOOD, mtime=0), bgzf(GOOD, 300)
BLOCK_ENDS = [at for at in range(1, len(BLOCKED)) if BLOCKED.startswith(b"\x1f\x8b\x08\x04", at)]

NO_GENOMES: dict[str, bytes] = {
    "nothing": b"",
    "a blank": b" ",
    "line ends": b"\n\r\n\n",
    "only headers": b">a\n>b\n>c\n",
    "no header": BASES.encode(),
    "a sign and nothing": b">",
    "signs": b">>>>\n",
    "a header without a name": b">\nACGT\n",
    "a name after a blank": b"> one\nACGT\n",
    "twice the same name": b">a\nACGT\n>a x\nACGT\n",
    "a thousand of one name": b">a\nACGT\n" * 1000,
    "protein": b">p\nMKVLAAGIVGLLLAQWERTY*\n",
    "protein in lower case": b">p\nmkvlaagivgl\n",
    "FASTQ": b"@read\nACGT\n+\nIIII\n",
    "FASTQ after a blank line": b"\n@read\nACGT\n+\nIIII\n",
    "GenBank": b"LOCUS       AB000001  100 bp\nORIGIN\n        1 acgtacgtac\n//\n",
    "EMBL": b"ID   X56734; SV 1;\nSQ   Sequence 10 BP;\n     acgtacgtac 10\n//\n",
    "GFF3 with FASTA": b"##gff-version 3\n##FASTA\n>a\nACGT\n",
    "VCF": b"##fileformat=VCFv4.2\n#CHROM\tPOS\n",
    "SAM": b"@HD\tVN:1.6\n@SQ\tSN:a\tLN:10\n",
    "a PHYLIP alignment": b" 2 8\na         ACGTACGT\nb         ACGTACGA\n",
    "a comment of old": b";a\nACGT\n",
    "a comment inside": b">a\nACGT\n;no more\nACGT\n",
    "HTML": b"<!DOCTYPE html><html><body>404</body></html>",
    "JSON": b'{"a": "ACGT"}',
    "numbers in lines": b">a\n1 ACGT 4\n",
    "a name within sequence": b">a\nACGT>b\nACGT\n",
    "an exclamation": b">a\nACGT!\n",
    "a letter beyond ASCII": ">a\nACGTé\n".encode(),
    "a name that is not UTF-8": b">a\xff\xfe\nACGT\n",
    "a control character in a name": b">a\x07b\nACGT\n",
    "an escape sequence in a name": b">\x1b[31mred\nACGT\n",
    "NUL at the start": b"\0>a\nACGT\n",
    "NUL in the sequence": b">a\nAC\0GT\n",
    "NUL in a name": b">a\0b\nACGT\n",
    "NUL far behind": GOOD + b"ACGT\n" * 300_000 + b"\0\n",
    "zeros": bytes(5_000),
    "line ends of CR": b">a\rACGT\r>b\rACGT\r",
    "line ends of CR and LF": b">a\rACGT\r>b\nACGT\n",
    "UTF-16": GOOD.decode().encode("utf-16"),
    "UTF-16 LE without a mark": GOOD.decode().encode("utf-16-le"),
    "UTF-16 BE without a mark": GOOD.decode().encode("utf-16-be"),
    "UTF-32": GOOD.decode().encode("utf-32"),
    "UTF-7": b"+AD4-a\nACGT\n",
    "a mark and nothing": b"\xef\xbb\xbf",
    "two marks": b"\xef\xbb\xbf\xef\xbb\xbf>a\nACGT\n",
    "bzip2": bz2.compress(GOOD),
    "xz": lzma.compress(GOOD),
    "zip": _zip(GOOD),
    "zstandard": b"\x28\xb5\x2f\xfd" + _noise(1),
    "2bit": b"\x43\x27\x41\x1a" + _noise(2),
    "BAM": bgzf(b"BAM\1" + _noise(3)),
    "PDF": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n",
    "PNG": b"\x89PNG\r\n\x1a\n" + _noise(4),
    "an endless header": b">" + b"x" * (LONGEST_HEADER + (1 << 21)),
    "gzip of nothing": gzip.compress(b""),
    "gzip in gzip": gzip.compress(PACKED),
    "gzip of protein": gzip.compress(b">p\nMKVLE\n"),
    "gzip and noise": PACKED + _noise(5),
    "the magic of gzip": b"\x1f\x8b",
    "gzip of another method": b"\x1f\x8b\x07" + PACKED[3:],
    "BGZF of nothing": bgzf(b""),
    "BGZF of protein": bgzf(b">p\nMKVLE\n"),
    "BGZF without its end": BLOCKED[:-28],
    "BGZF and noise": BLOCKED + _noise(6),
    **{f"gzip cut at {at}": PACKED[:at] for at in range(3, len(PACKED), len(PACKED) // 14)},
    **{f"BGZF cut at {at}": BLOCKED[:at] for at in range(18, len(BLOCKED) - 1, len(BLOCKED) // 14)},
    **{f"BGZF cut between blocks at {at}": BLOCKED[:at] for at in BLOCK_ENDS},
    **{f"gzip changed at {at}": _flipped(PACKED, at) for at in range(12, len(PACKED), len(PACKED) // 10)},
    **{f"BGZF changed at {at}": _flipped(BLOCKED, at) for at in range(18, 600, 53)},
    **{f"noise {seed}": _noise(seed) for seed in range(10, 22)},
    **{f"noise in gzip {seed}": gzip.compress(_noise(seed)) for seed in range(22, 28)},
    **{f"noise after a name {seed}": b">a\n" + _noise(seed) for seed in range(28, 36)},
    **{f"noise behind bases {seed}": GOOD + _noise(seed) for seed in range(36, 44)},
}

for _name in [name for name, content in NO_GENOMES.items() if "changed" in name]:
    try:  # a change in a time stamp, which nobody reads, is none
        if gzip.decompress(NO_GENOMES[_name]) == GOOD:
            del NO_GENOMES[_name]
    except (OSError, EOFError, zlib.error):
        continue

ODD_GENOMES: dict[str, bytes] = {  # strange, and right: each holds the bases of GOOD
    "no line end at the end": GOOD[:-1],
    "CR LF": GOOD.replace(b"\n", b"\r\n"),
    "a byte-order mark": b"\xef\xbb\xbf" + GOOD,
    "blank lines": GOOD.replace(b"\n", b"\n\n"),
    "records of no length": b">zero\n" + GOOD + b">nil\n\n",
    "a header of megabytes": GOOD.replace(b"words", b"w" * 3_000_000),
    "a header of many words": GOOD.replace(b"words", b"w " * 500_000),
    "letters one a line": b">one\n"
    + b"\n".join(bytes([base]) for base in BASES.encode())
    + GOOD[GOOD.index(b"\n>two") :],
    "lines of every length": GOOD.replace(b"\n>two", b"\nA\nCGT\n>x\nACGT\n>two").replace(b"A\nCGT\n", b""),
    "blanks in lines": GOOD.replace(b"ACG", b"A C\tG"),
    "lower case and U": GOOD.replace(BASES.encode(), BASES.lower().replace("t", "u").encode()),
    "a line of 20 megabytes behind": GOOD + b">long\n" + b"N" * 20_000_000,
    "gzip of two members": gzip.compress(GOOD[:200]) + gzip.compress(GOOD[200:]),
    "gzip named otherwise": PACKED,
    "BGZF of tiny blocks": bgzf(GOOD, 40),
    "an empty BGZF block inside": bgzf(GOOD[:300])[:-28] + bgzf(b"") + bgzf(GOOD[300:]),
    "ten thousand records": GOOD + b"".join(b">r%d\nACGTN\n" % number for number in range(10_000)),
}

PRINTABLE = [chr(code) for code in range(33, 127)]
