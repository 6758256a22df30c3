"""Ask nf-core's own linter about a module, without Nextflow and without a network.

Run by the Python that has nf-core (`sh .ci/setup wrappers`), not by that of mirscan:

    python nfcore_lint.py MODULE_FOLDER TOOL/SUBTOOL [META_SCHEMA]

META_SCHEMA is nf-core/modules' modules/meta-schema.json; without it the form of meta.yml is not checked, its
agreement with main.nf is. Prints a JSON object: what passed, warned and failed, by the linter's names.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

from nf_core.components.nfcore_component import NFCoreComponent
from nf_core.modules.lint.main_nf import (
    check_process_labels,
    check_process_name_format,
    check_script_section,
    check_when_section,
)
from nf_core.modules.lint.meta_yml import meta_yml
from nf_core.modules.lint.module_tests import module_tests

# which containers a module has is asked of Nextflow, which is not here
NFCoreComponent.get_container_with_inspect = lambda self, profile=None: None

folder, name = Path(sys.argv[1]).resolve(), sys.argv[2]
schema = json.loads(Path(sys.argv[3]).read_text()) if len(sys.argv) > 3 else {}
module = NFCoreComponent(name, "", folder, "modules", folder.parents[3], "modules")
module.get_inputs_from_main_nf()
module.get_outputs_from_main_nf()
module.get_topics_from_main_nf()
linter = SimpleNamespace(load_meta_schema=lambda: schema, modules_repo=SimpleNamespace(repo_path=""))
meta_yml(linter, module)
lines = module.main_nf.read_text().splitlines(keepends=True)
sections = {
    part: [line for line in text.splitlines(keepends=True) if line.strip()]
    for part, text in zip(
        ("process", "input", "output", "when", "script"),
        re.split(r"(?m)^    (?:input|output|when|script):\n", "".join(lines[1:])),
        strict=True,
    )
}
check_when_section(module, sections["when"])
check_script_section(module, sections["script"])
check_process_labels(module, sections["process"])
check_process_name_format(module, module.process_name, name)
module_tests(linter, module)
print(
    json.dumps(
        {
            kind: [f"{check}: {message}" for _, check, message, _ in getattr(module, kind)]
            for kind in ("passed", "warned", "failed")
        }
    )
)
