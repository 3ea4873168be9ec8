"""What a job imports is what its params depend on: no dependency is hidden."""

import json
import re
from collections import defaultdict
from pathlib import Path

import yaml

from spikemeter.study.checks import check_config
from spikemeter.study.plan import Plan
from spikemeter.study.staleness import code

# Each Python process leaves the files that it has imported.
RECORDER = """
import atexit, json, os, sys
from pathlib import Path

def record():
    files = [getattr(module, "__file__", None) for module in sys.modules.values()]
    name = f"{Path(sys.argv[0]).name}-{os.getpid()}.json"
    Path(os.environ["RECORDS"], name).write_text(json.dumps(files))

atexit.register(record)
"""
READ = {
    "train": ("ann", "nmnist"),
    "test": ("ann", "nmnist"),
    "prepare": ("digits", "events"),
}


def test_jobs_import_what_they_depend_on_alone(fresh, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(RECORDER)
    folder, library = tmp_path / "records", (fresh / "workflow_scripts").resolve()
    folder.mkdir()
    outcome = fresh.run(
        *(f"results/runs/{name}/seed0/test.json" for name in READ["test"]),
        environment={"PYTHONPATH": str(tmp_path), "RECORDS": str(folder)},
    )
    assert outcome.code == 0, outcome.text
    imported = defaultdict(list)
    for path in folder.iterdir():
        if script := re.search(r"([a-z]+)\.py-\d+\.json$", path.name):
            files = [Path(name) for name in json.loads(path.read_text()) if name]
            own = {f.relative_to(library) for f in files if library in f.parents}
            own = {f.as_posix() for f in own if f.name != "registry.py"}
            imported[script[1]].append(own)

    plan = Plan(
        check_config(yaml.safe_load((fresh / "config.yaml").read_text())), fresh.folder
    )
    for script, names in READ.items():
        allowed = [set(code(plan.scripts, *plan.modules(script, n))) for n in names]
        assert len(imported[script]) == len(allowed)
        for own in imported[script]:
            assert any(own <= files for files in allowed), [own - f for f in allowed]
