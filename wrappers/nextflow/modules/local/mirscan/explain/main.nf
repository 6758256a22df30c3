process MIRSCAN_EXPLAIN {
    tag "$meta.id"
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "${ workflow.containerEngine in ['singularity', 'apptainer'] && !task.ext.singularity_pull_docker_container ?
        'https://depot.galaxyproject.org/singularity/mirscan:0.1.0--pyhdfd78af_0':
        'quay.io/biocontainers/mirscan:0.1.0--pyhdfd78af_0' }"

    input:
    tuple val(meta), path(json, stageAs: 'hits.json')

    output:
    tuple val(meta), path("*.html"), emit: html
    tuple val("${task.process}"), val('mirscan'), eval("mirscan --version"), topic: versions, emit: versions_mirscan

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def name = "'" + prefix.replace("'", "'\\''") + "'"
    """
    mirscan explain hits.json \\
        $args \\
        --output ${name}.html
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    def name = "'" + prefix.replace("'", "'\\''") + "'"
    """
    touch ${name}.html
    """
}
