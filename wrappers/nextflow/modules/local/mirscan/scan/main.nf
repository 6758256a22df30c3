process MIRSCAN_SCAN {
    tag "$meta.id"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"
    container "${ workflow.containerEngine in ['singularity', 'apptainer'] && !task.ext.singularity_pull_docker_container ?
        'https://depot.galaxyproject.org/singularity/mirscan:0.1.0--pyhdfd78af_0':
        'quay.io/biocontainers/mirscan:0.1.0--pyhdfd78af_0' }"

    input:
    tuple val(meta), path(fasta, stageAs: 'genome.fa'), val(shard)
    path(reads, stageAs: 'reads/*')

    output:
    tuple val(meta), path("*.shard"), optional: true, emit: shard
    tuple val(meta), path("*.gff3.gz"), optional: true, emit: gff
    tuple val(meta), path("*.gff3.gz.{tbi,csi}"), optional: true, emit: index
    tuple val(meta), path("*.tsv"), optional: true, emit: tsv
    tuple val(meta), path("*.json"), optional: true, emit: json
    tuple val("${task.process}"), val('mirscan'), eval("mirscan --version"), topic: versions, emit: versions_mirscan

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: (shard ? "${meta.id}.${shard.replace('/', '-of-')}" : "${meta.id}")
    def name = "'" + prefix.replace("'", "'\\''") + "'"
    def libraries = [reads].flatten().findAll().collect { "--reads '" + "$it".replace("'", "'\\''") + "'" }.join(' ')
    def outputs = shard ? "--shard $shard --output ${name}.shard" :
        "--output ${name}.gff3.gz --output ${name}.tsv --output ${name}.json"
    """
    mirscan scan genome.fa \\
        $args \\
        $libraries \\
        --threads $task.cpus \\
        $outputs
    """

    stub:
    def prefix = task.ext.prefix ?: (shard ? "${meta.id}.${shard.replace('/', '-of-')}" : "${meta.id}")
    def name = "'" + prefix.replace("'", "'\\''") + "'"
    if (shard) {
        """
        touch ${name}.shard
        """
    } else {
        """
        echo "" | gzip > ${name}.gff3.gz
        touch ${name}.gff3.gz.tbi ${name}.tsv ${name}.json
        """
    }
}
