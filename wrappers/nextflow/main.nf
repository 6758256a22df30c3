#!/usr/bin/env nextflow
// Genomes cut into shards, each searched by a task of its own, merged and explained.
// The results are those of one `mirscan scan`, byte for byte.

include { MIRSCAN_SCAN    } from './modules/local/mirscan/scan/main'
include { MIRSCAN_MERGE   } from './modules/local/mirscan/merge/main'
include { MIRSCAN_EXPLAIN } from './modules/local/mirscan/explain/main'

workflow {
    if (!params.input) {
        error "Give the genomes: --input 'genomes/*.fa.gz'"
    }
    genomes = channel.fromPath(params.input, checkIfExists: true).map { fasta -> [[id: fasta.simpleName], fasta] }
    parts = channel.of(1..params.shards)

    reads = params.reads ? channel.fromPath(params.reads, checkIfExists: true).collect() : []
    known = params.known ? file(params.known, checkIfExists: true) : []

    MIRSCAN_SCAN(
        genomes.combine(parts).map { meta, fasta, part -> [meta, fasta, "${part}/${params.shards}".toString()] },
        reads
    )
    MIRSCAN_MERGE(MIRSCAN_SCAN.out.shard.groupTuple(size: params.shards), known)
    MIRSCAN_EXPLAIN(MIRSCAN_MERGE.out.json)
}
