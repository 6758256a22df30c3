"""Run the tests of a Galaxy tool without a Galaxy, by Galaxy's own parser, templates and assertions.

Run by the Python that has galaxy-tool-util (`sh .ci/setup wrappers`), not by that of mirscan:

    python galaxy_runner.py TOOL.xml FOLDER < OVERRIDES

For each test of the tool the command is rendered, run in a folder of its own under FOLDER, and its outputs
are held against the test's assertions. OVERRIDES is a JSON object of parameters to set otherwise, by their
flat names (`regions_0|region`); with any, assertions are left out. Prints a JSON list: of each test the
command, its exit code, its stderr, and what failed.

What the values of parameters are to a template is Galaxy's to say; the part of it that these tools use is
written down here: data sets, texts with their sanitizers, selects, table entries, booleans, numbers,
conditionals and repeats.
"""

from __future__ import annotations

import json
import re
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

from galaxy.tool_util.parser.factory import get_tool_source
from galaxy.tool_util.verify.asserts import verify_assertions
from galaxy.util.template import fill_template


class Value:
    """A parameter as a template sees it: its text, items, fields of a table entry, a data set's format."""

    def __init__(
        self, text: str, items: list[str] | None = None, fields: dict[str, str] | None = None, ext: str = ""
    ) -> None:
        self.text, self.items, self.fields, self.ext = text, items or [], fields or {}, ext

    def __str__(self) -> str:
        return self.text

    def __iter__(self) -> Any:
        return iter(self.items)

    def __bool__(self) -> bool:
        return self.text not in ("", "None")


class Tool:
    """A parsed tool."""

    def __init__(self, path: Path) -> None:
        self.folder = path.parent
        self.source = get_tool_source(str(path))
        self.root = self.source.xml_tree.getroot()

    def context(self, given: dict[str, str]) -> dict[str, Any]:
        """The parameters of a run as a template sees them."""
        return self._several(self.root.find("inputs"), "", given)

    def _several(self, parent: Any, prefix: str, given: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for child in parent:
            if child.tag == "param":
                name = child.get("name") or child.get("argument").lstrip("-").replace("-", "_")
                found[name] = self._value(child, given.get(prefix + name))
            elif child.tag == "conditional":
                found[child.get("name")] = self._conditional(child, f"{prefix}{child.get('name')}|", given)
            elif child.tag == "repeat":
                found[child.get("name")] = self._repeat(child, prefix, given)
        return found

    def _conditional(self, element: Any, prefix: str, given: dict[str, str]) -> dict[str, Any]:
        switch = element.find("param")
        chosen = self._value(switch, given.get(prefix + switch.get("name")))
        branch = next(when for when in element.findall("when") if when.get("value") == str(chosen))
        return {switch.get("name"): chosen, **self._several(branch, prefix, given)}

    def _repeat(self, element: Any, prefix: str, given: dict[str, str]) -> list[dict[str, Any]]:
        heads = [f"{prefix}{element.get('name')}_{at}|" for at in range(len(given))]
        return [
            self._several(element, head, given)
            for head in heads
            if any(name.startswith(head) for name in given)
        ]

    def _value(self, param: Any, given: str | None) -> Value:
        kind = param.get("type")
        if kind == "data":
            return Value(str(self._dataset(given)), ext=Path(given).suffix[1:]) if given else Value("None")
        if kind == "boolean":
            on = param.get("checked") == "true" if given is None else given.lower() == "true"
            return Value(param.get("truevalue" if on else "falsevalue"))
        if kind == "select":
            return self._selected(param, given)
        text = given if given is not None else param.get("value") or ""
        if kind == "text":
            text = sanitized(text, param.find("sanitizer"))
            for validator in param.findall("validator"):
                check(text, validator)
        return Value(text)

    def _dataset(self, given: str) -> Path:
        return Path(given) if Path(given).is_absolute() else self.folder / "test-data" / given

    def _selected(self, param: Any, given: str | None) -> Value:
        if param.find("options") is not None:
            return self._entry(given)
        options = [option.get("value") for option in param.findall("option")]
        chosen = [
            option.get("value") for option in param.findall("option") if option.get("selected") == "true"
        ]
        items = given.split(",") if given is not None else chosen or options[:1]
        unknown = set(items) - set(options)
        if unknown:
            raise ValueError(f"{param.get('name')}: no option {unknown}")
        return Value(",".join(items), items)

    def _entry(self, given: str | None) -> Value:
        lines = (self.folder / "test-data" / "mirscan_models.loc").read_text().splitlines()
        entries = [dict(zip(("value", "name", "path"), line.split("\t"), strict=True)) for line in lines]
        entry = next(entry for entry in entries if entry["value"] == (given or entries[0]["value"]))
        return Value(entry["value"], fields=entry)

    def command(self, context: dict[str, Any]) -> str:
        """The shell's line, as Galaxy makes it: rendered, and without line ends."""
        return fill_template(self.source.parse_command(), context=context).replace("\n", " ").strip()

    def outputs(self, context: dict[str, Any]) -> dict[str, str]:
        """The outputs that the filters leave: name → file in the working folder."""
        values = {
            name: value.items or str(value) for name, value in context.items() if isinstance(value, Value)
        }
        return {
            data.get("name"): data.get("from_work_dir")
            for data in self.root.find("outputs").findall("data")
            if all(eval(rule.text, {}, values) for rule in data.findall("filter"))
        }


def sanitized(text: str, sanitizer: Any) -> str:
    """The text without the characters that the parameter's sanitizer does not let through."""
    valid = sanitizer.find("valid")
    assert valid.get("initial") == "string.printable", "the one that these tools use"
    allowed = set(string.printable) - {remove.get("value") for remove in valid.findall("remove")}
    return "".join(letter if letter in allowed else sanitizer.get("invalid_char") for letter in text)


def check(text: str, validator: Any) -> None:
    """Refuse what the parameter's validator refuses."""
    refused = not text if validator.get("type") == "empty_field" else not re.match(validator.text, text)
    if refused:
        raise ValueError(f"refused: {text!r}")


def failures(
    tool: Tool, test: dict[str, Any], context: dict[str, Any], folder: Path, code: int, err: str
) -> list[str]:
    """What of a test does not hold."""
    wanted_code = int(test["expect_exit_code"] or bool(test["expect_failure"]))
    found = [] if code == wanted_code else [f"exit code {code} instead of {wanted_code}"]
    outputs = tool.outputs(context)
    if not test["expect_failure"] and len(outputs) != int(test["expect_num_outputs"]):
        found.append(f"{len(outputs)} outputs")
    if not test["expect_failure"]:
        found += [f"no {name}" for name in outputs.values() if not (folder / name).is_file()]
    expected = [
        (folder / outputs[each["name"]], each["attributes"]["assert_list"]) for each in test["outputs"]
    ]
    try:
        for path, asserted in expected:
            verify_assertions(path.read_bytes(), asserted)
        verify_assertions(err.encode(), test["stderr"] or [])
    except (AssertionError, OSError) as error:
        found.append(str(error))
    return found


def run(tool: Tool, test: dict[str, Any], folder: Path, overrides: dict[str, str]) -> dict[str, Any]:
    """Render and run one test."""
    folder.mkdir(parents=True)
    given = {each["name"]: each["value"] for each in test["inputs"]} | overrides
    context = tool.context(given)
    command = tool.command(context)
    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    failed = [] if overrides else failures(tool, test, context, folder, done.returncode, done.stderr)
    return {"command": command, "code": done.returncode, "stderr": done.stderr, "failures": failed}


def main() -> None:
    """Run every test of the tool."""
    tool, folder, overrides = Tool(Path(sys.argv[1]).resolve()), Path(sys.argv[2]), json.load(sys.stdin)
    tests = tool.source.parse_tests_to_dict()["tests"]
    print(json.dumps([run(tool, test, folder / str(at), overrides) for at, test in enumerate(tests)]))


if __name__ == "__main__":
    main()
