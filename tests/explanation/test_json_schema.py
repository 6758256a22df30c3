"""What `explain --json` prints keeps to its published schema."""

from __future__ import annotations

import copy
import json
from importlib.resources import files

import jsonschema
import pytest

from mirscan.explanation.as_json import lines
from mirscan.explanation.json_schema import explanations_schema

SCHEMA = json.loads(files("mirscan").joinpath("schemas/explanations.schema.json").read_text())


@pytest.fixture(scope="module")
def document(turned, explainer):
    """A precursor and a small hairpin with all that would turn the decisions, as it is printed."""
    return json.loads("".join(lines(turned, explainer)))


def undescribed(value, schema, path="explanations"):
    """Members of a document that a schema does not name."""
    options = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    schema = options[0]
    if isinstance(value, dict) and "properties" in schema:
        for name, member in value.items():
            if name not in schema["properties"]:
                yield f"{path}.{name}"
            else:
                yield from undescribed(member, schema["properties"][name], f"{path}.{name}")
    if isinstance(value, list) and "items" in schema:
        for member in value:
            yield from undescribed(member, schema["items"], path)


def test_the_published_schema_is_that_of_the_code():
    made = explanations_schema()
    assert made == SCHEMA, "write it anew: json.dumps(explanations_schema(), indent=2, ensure_ascii=False)"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_explanations_keep_to_it(document):
    jsonschema.validate(document, SCHEMA)
    assert document["explanations"][1]["what_if"] is not None


def test_it_describes_every_member(document):
    assert set(undescribed(document, SCHEMA)) == set()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("called", "yes"),
        ("rule", {"text": "x"}),
        ("image", {"drawn": ["."], "reconstruction": [], "columns": 1, "branched": False}),
        ("arms", [{"name": "6p", "start": 1, "end": 2}]),
        ("stages", [{"name": "sieve"}]),
        ("sequence", None),
    ],
)
def test_it_refuses_what_is_not_so(document, member, value):
    wrong = copy.deepcopy(document)
    wrong["explanations"][0][member] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)
