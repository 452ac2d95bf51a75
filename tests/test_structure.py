"""The house's rules about the dbt project, asked of dbt's own manifest and of the files as they are written.

dbt on DuckDB takes a misplaced key of a YAML file without a word; here it is refused.
"""

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.declarations import departments, tables
from flows.settings import DBT_PROJECT, PROJECT

COMPILE = """
import sys
from pathlib import Path
from flows import quiet
quiet.be_quiet()
from flows.build import compile_models
compile_models(Path(sys.argv[1]))
"""

# Which layers a layer may read; seeds are open to all but staging.
READS = {
    "stg": {"source", "stg"},
    "int": {"stg", "int", "seed"},
    "dim": {"stg", "int", "seed"},
    "fct": {"stg", "int", "seed"},
    "mart": {"dim", "fct", "mart", "seed"},
}
NAMES = {
    "staging": r"stg_(?P<subject>[a-z]+)__[a-z]+(_[a-z]+)*",
    "intermediate": r"int_[a-z]+(_[a-z]+)*(__[a-z]+(_[a-z]+)*)?",
    "marts": r"(dim|fct|mart)_[a-z]+(_[a-z]+)*",
}

# Keys that dbt reads, by where they stand; everything else belongs under `config`, or is a slip.
CONFIG = {"meta", "tags", "contract", "materialized", "enabled", "column_types", "severity", "where"}
COLUMN = {"name", "data_type", "description", "config", "constraints", "data_tests"}
MODEL = {"name", "description", "config", "columns", "constraints", "data_tests"}
TABLE = {"name", "description", "config", "columns", "data_tests"}
SOURCE = {"name", "schema", "description", "config", "tables"}
UNIT_TEST = {"name", "model", "description", "config", "given", "expect", "overrides"}
FILE = {"version", "models", "seeds", "sources", "unit_tests", "macros"}
TEST = {"name", "description", "arguments", "config"}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return dbt's manifest of the project, made in a process and a folder of its own."""
    folder = tmp_path_factory.mktemp("manifest")
    done = subprocess.run(
        [sys.executable, "-c", COMPILE, str(folder)],
        env=os.environ | {"JIUZHU_DATA": str(folder / "data")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))


def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    found = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert len(found) > 100
    return found


def layer(name: str) -> str:
    return name.split("_")[0]


def folder(model: dict[str, Any]) -> list[str]:
    """Return the folders of a model below models/: layer, and subject if any."""
    return list(Path(model["original_file_path"]).parts[1:-1])


def test_every_layer_reads_only_what_lies_before_it(manifest: dict[str, Any]) -> None:
    wrong = []
    for model in models(manifest):
        for name in model["depends_on"]["nodes"]:
            kind, _, *_, read = name.split(".")
            read_layer = layer(read) if kind == "model" else kind
            if read_layer not in READS[layer(model["name"])]:
                wrong.append(f"{model['name']} reads {kind} {read}")
    assert not wrong, "\n".join(wrong)


def test_a_model_is_named_after_its_layer_and_subject_and_its_file_after_it(manifest: dict[str, Any]) -> None:
    wrong = []
    for model in models(manifest):
        name, [place, *subject] = model["name"], folder(model)
        match = re.fullmatch(NAMES[place], name)
        if match is None or (place == "staging" and [match["subject"]] != subject):
            wrong.append(f"{name} in {place}/{'/'.join(subject)}")
        if Path(model["original_file_path"]).stem != name:
            wrong.append(f"{model['original_file_path']} holds {name}")
        if place != "intermediate" and Path(model["patch_path"] or "").stem != name:
            wrong.append(f"{name} is described in {model['patch_path']}, not in {name}.yml beside it")
    assert not wrong, "\n".join(wrong)


def test_a_description_begins_with_the_grain(manifest: dict[str, Any]) -> None:
    described = [model for model in models(manifest) if layer(model["name"]) != "int"]
    wrong = [model["name"] for model in described if not model["description"].startswith("One row")]
    assert not wrong, "\n".join(wrong)


def test_every_column_of_a_mart_has_type_description_and_label(manifest: dict[str, Any]) -> None:
    wrong = []
    for model in models(manifest):
        if folder(model)[0] != "marts":
            continue
        assert model["config"]["contract"]["enforced"], model["name"]
        if not model["config"]["meta"].get("label"):
            wrong.append(f"{model['name']} has no label")
        for column in model["columns"].values():
            lacks = [name for name in ("data_type", "description") if not column.get(name)]
            lacks += [] if column["config"]["meta"].get("label") else ["label"]
            wrong += [f"{model['name']}.{column['name']} has no {lack}" for lack in lacks]
    assert not wrong, "\n".join(wrong)


def test_everybody_whom_a_department_names_is_a_person(manifest: dict[str, Any]) -> None:
    # What reviewers send says something about people whom a list has named.
    named = [
        f"stg_{table.source}__{table.name}"
        for table in tables().values()
        if any(each.kind == "id_number" for each in table.personal) and not table.name.endswith("_decisions")
    ]
    collected = manifest["nodes"]["model.jiuzhu.int_persons__collected"]["depends_on"]["nodes"]
    assert len(named) > 30
    assert not [name for name in named if f"model.jiuzhu.{name}" not in collected]


def test_every_dimension_fact_and_mart_has_a_key_of_its_own_columns(manifest: dict[str, Any]) -> None:
    keys = {
        node["attached_node"]: node["test_metadata"]["kwargs"]["key"]
        for node in manifest["nodes"].values()
        if (node.get("test_metadata") or {}).get("name") == "has_integrity"
    }
    wrong = []
    for model in models(manifest):
        if layer(model["name"]) not in ("dim", "fct", "mart"):
            continue
        key = keys.get(model["unique_id"])
        if key is None:
            wrong.append(f"{model['name']} has no has_integrity")
        elif not set(key) <= set(model["columns"]):
            wrong.append(f"{model['name']}: {key} are no columns of it")
    assert not wrong, "\n".join(wrong)


def test_every_unit_test_is_a_sentence_and_has_a_name_of_its_own(manifest: dict[str, Any]) -> None:
    names = [test["name"] for test in manifest["unit_tests"].values()]
    assert len(names) == len(set(names)) > 40
    assert not [name for name in names if len(name.split("_")) < 5 or not re.fullmatch(r"[a-z0-9_]+", name)]


@pytest.mark.parametrize(
    ("seed", "code"),
    [
        ("finding_rules", "rule_code"),
        ("exit_triggers", "trigger_code"),
        ("hardship_lists", "list_code"),
        ("alert_signals", "signal_code"),
    ],
)
def test_every_rule_of_a_seed_is_expected_of_somebody_by_a_unit_test(
    manifest: dict[str, Any], seed: str, code: str
) -> None:
    with (DBT_PROJECT / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        rules = {row[code] for row in csv.DictReader(file)}
    expected = json.dumps([test["expect"] for test in manifest["unit_tests"].values()])
    assert len(rules) > 5
    assert not rules - set(re.findall(r"[a-z_]+", expected))


# YAML as it is written


def slips(node: Any, allowed: set[str], where: str) -> Iterator[str]:
    """Yield every key of a mapping that does not belong there."""
    if not isinstance(node, dict):
        yield f"{where}: not a mapping"
        return
    yield from (f"{where}: {key}" for key in node.keys() - allowed)
    yield from (f"{where}.config: {key}" for key in (node.get("config") or {}) if key.lstrip("+") not in CONFIG)


def slips_of_tests(tests: Any, where: str) -> Iterator[str]:
    for test in tests or []:
        if isinstance(test, dict):
            for name, body in test.items():
                yield from slips(body, TEST, f"{where}.{name}")


def slips_of_columns(node: dict[str, Any], where: str) -> Iterator[str]:
    yield from slips_of_tests(node.get("data_tests"), where)
    for column in node.get("columns") or []:
        place = f"{where}.{column.get('name')}"
        yield from slips(column, COLUMN, place)
        yield from slips_of_tests(column.get("data_tests"), place)


def misplaced(content: dict[str, Any], where: str) -> Iterator[str]:
    """Yield every key of a property file of dbt that dbt would take without reading it."""
    yield from (f"{where}: {key}" for key in content.keys() - FILE)
    for kind, allowed in (("models", MODEL), ("seeds", TABLE), ("unit_tests", UNIT_TEST)):
        for node in content.get(kind) or []:
            place = f"{where} {node.get('name')}"
            yield from slips(node, allowed, place)
            yield from slips_of_columns(node, place)
    for source in content.get("sources") or []:
        place = f"{where} {source.get('name')}"
        yield from slips(source, SOURCE, place)
        for table in source.get("tables") or []:
            yield from slips(table, TABLE, f"{place}.{table.get('name')}")
            yield from slips_of_columns(table, f"{place}.{table.get('name')}")


def test_no_key_of_a_yaml_file_is_misplaced() -> None:
    paths = [path for place in ("models", "seeds", "tests", "macros") for path in (DBT_PROJECT / place).rglob("*.y*ml")]
    assert len(paths) > 60
    found = [
        each
        for path in paths
        for each in misplaced(yaml.safe_load(path.read_text(encoding="utf-8")), str(path.relative_to(DBT_PROJECT)))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("models: [{name: m, meta: {label: x}}]", "m: meta"),
        ("models: [{name: m, tags: [x]}]", "m: tags"),
        ("models: [{name: m, tests: [x]}]", "m: tests"),
        ("models: [{name: m, columns: [{name: c, meta: {label: x}}]}]", "m.c: meta"),
        ("models: [{name: m, columns: [{name: c, tests: [not_null]}]}]", "m.c: tests"),
        ("models: [{name: m, columns: [{name: c, config: {label: x}}]}]", "m.c.config: label"),
        ("models: [{name: m, data_tests: [{has_integrity: {key: [c]}}]}]", "m.has_integrity: key"),
        ("sources: [{name: s, tables: [{name: t, columns: [{name: c, label: x}]}]}]", "s.t.c: label"),
        ("unit_test: []", "unit_test"),
    ],
)
def test_a_misplaced_key_is_found(text: str, key: str) -> None:
    [found] = misplaced(yaml.safe_load(text), "f.yml")
    assert found.endswith(key)


# Seeds and code


def sources_of_code() -> Iterator[tuple[Path, str]]:
    """Yield every SQL and Python file of the pipeline with its text; not the sample, not the declarations."""
    for root in (PROJECT / "flows", DBT_PROJECT):
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root).parts
            if path.suffix in (".py", ".sql") and inside[0] not in ("sample", "departments", "target"):
                yield path, path.read_text(encoding="utf-8")


def test_every_cutoff_that_is_used_has_a_reason_and_every_cutoff_is_used() -> None:
    with (DBT_PROJECT / "seeds" / "cutoffs.csv").open(encoding="utf-8", newline="") as file:
        cutoffs = {row["cutoff_code"]: row for row in csv.DictReader(file)}
    assert all(row["reason"] and row["unit"] for row in cutoffs.values())
    used: dict[str, str] = {}
    mentioned: set[str] = set()
    for path, text in sources_of_code():
        for code in re.findall(r"\bcutoff\(\s*['\"](\w+)['\"]\s*\)|\bcutoffs\[['\"](\w+)['\"]\]", text):
            used |= dict.fromkeys(filter(None, code), path.name)
        mentioned |= set(re.findall(r"['\"](\w+)['\"]", text)) & cutoffs.keys()
    assert not {code: place for code, place in used.items() if code not in cutoffs}
    assert mentioned == cutoffs.keys()
    assert used


def test_no_code_knows_a_department() -> None:
    known = departments()
    codes = "|".join(department.department for department in known.values())
    # 本单位 is what an office calls itself, not a name.
    labels = "|".join(department.label for department in known.values() if not department.label.startswith("本"))
    # A subject of staging may be called as a department is; it stands in source() and in names, never alone.
    pattern = re.compile(rf"['\"](?:{codes})['\"]|{labels}")
    found = [
        f"{path.relative_to(PROJECT)}: {match.group()}"
        for path, text in sources_of_code()
        for match in pattern.finditer(re.sub(r"\b(?:source|ref)\([^)]*\)", "", text))
    ]
    assert not found, "\n".join(found)
