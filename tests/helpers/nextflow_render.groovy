// What the processes of Nextflow modules would run, by Groovy, the language that Nextflow's scripts are written in.
//
//     groovy nextflow_render.groovy < JOBS
//
// JOBS is a JSON object: `parse`, a list of files whose syntax is checked, and `render`, a list of objects with
// `file`, `section` (script or stub) and `values`, the variables that Nextflow would set. Prints a JSON object:
// `errors`, and `rendered`, the text of each section.

import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.codehaus.groovy.control.CompilationFailedException
import org.codehaus.groovy.control.CompilationUnit
import org.codehaus.groovy.control.Phases

def jobs = new JsonSlurper().parse(System.in)

def errors = jobs.parse.collectEntries { file ->
    def unit = new CompilationUnit()
    // Groovy 2's parser, which Debian has, allows no line end within ${}; Nextflow's own does, and nf-core has one there
    def text = new File(file).text.replaceAll(/(?s)container "\$\{.*?\}"/) { it.replace('\n', ' ') }
    unit.addSource(file, text)
    try {
        unit.compile(Phases.CONVERSION)
        [:]
    } catch (CompilationFailedException error) {
        [(file): error.message]
    }
}

def rendered = jobs.render.collect { job ->
    def process = new File(job.file).text
    def section = process.split(/(?m)^    ${job.section}:\n/)[1].split(/(?m)^    stub:\n|^}/)[0]
    new GroovyShell(new Binding(job.values)).evaluate(section).toString()
}

println JsonOutput.toJson([errors: errors, rendered: rendered])
