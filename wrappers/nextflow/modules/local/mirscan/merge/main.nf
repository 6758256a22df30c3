process MIRSCAN_MERGE {
    tag "$meta.id"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "${ workflow.containerEngine in ['singularity', 'apptainer'] && !task.ext.singularity_pull_docker_container ?
        'https://depot.galaxyproject.org/singularity/mirscan:0.1.0--pyhdfd78af_0':
        'quay.io/biocontainers/mirscan:0.1.0--pyhdfd78af_0' }"

    input:
    tuple val(meta), path(shards, stageAs: 'shards/part*.shard')
    path(known, stageAs: 'known/*')

    output:
    tuple val(meta), path("*.gff3.gz"), emit: gff
    tuple val(meta), path("*.gff3.gz.{tbi,csi}"), emit: index
    tuple val(meta), path("*.bed"), emit: bed
    tuple val(meta), path("*.tsv"), emit: tsv
    tuple val(meta), path("*.hits.json"), emit: json
    tuple val(meta), path("*.summary.json"), emit: summary
    tuple val(meta), path("*_mqc.json"), emit: multiqc
    tuple val(meta), path("*.report.html"), emit: report
    tuple val("${task.process}"), val('mirscan'), eval("mirscan --version"), topic: versions, emit: versions_mirscan

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def name = "'" + prefix.replace("'", "'\\''") + "'"
    def listed = known ? "--known '" + "$known".replace("'", "'\\''") + "'" : ''
    """
    mirscan merge shards/part*.shard \\
        $args \\
        $listed \\
        --output ${name}.gff3.gz \\
        --output ${name}.bed \\
        --output ${name}.tsv \\
        --output ${name}.hits.json \\
        --summary ${name}.summary.json \\
        --multiqc ${name}_mqc.json \\
        --report ${name}.report.html
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    def name = "'" + prefix.replace("'", "'\\''") + "'"
    """
    echo "" | gzip > ${name}.gff3.gz
    touch ${name}.gff3.gz.tbi ${name}.bed ${name}.tsv ${name}.hits.json ${name}.summary.json ${name}_mqc.json ${name}.report.html
    """
}
