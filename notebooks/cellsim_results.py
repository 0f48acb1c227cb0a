"""Results of cellsim as polars frames. `folder` is that of one experiment, or one above many.

    from cellsim_results import manifest, runs, table

    runs("results")                      # a row per run: experiment, run, folder, seed, matrix_..., summary metrics
    table("results/quickstart", "pods")  # that table of all runs: experiment, run, seed, matrix_..., then its columns
    manifest("results/quickstart/<run>") # what was run, as a dict: plan, inputs, versions, digest, summary
"""

import json
from pathlib import Path

import polars as pl


def manifest(run):
    return json.loads((Path(run) / "manifest.json").read_text(encoding="utf-8"))


def runs(folder):
    """Null where an experiment has no such axis or metric. Runs that runs.arrow does not list (an older file's) are left out."""
    files = sorted(Path(folder).rglob("runs.arrow"))
    if not files:
        raise FileNotFoundError(f"no runs.arrow in '{folder}' or below it: run an experiment, or name its results folder")
    return pl.concat([runs_of(file) for file in files], how="diagonal")


def runs_of(file):
    frame = pl.read_ipc(file)
    experiment = manifest(file.parent / frame["run"][0])["plan"]["experiment"]
    home = pl.concat_str(pl.lit(f"{file.parent}/"), "run").alias("folder")
    return frame.select(pl.lit(experiment).alias("experiment"), "run", home, pl.exclude("run"))


def table(folder, name):
    listed = runs(folder)
    keys = [column for column in listed.columns if column in ("experiment", "run", "seed") or column.startswith("matrix_")]
    frames = []
    for row in listed.select("folder", *keys).iter_rows(named=True):
        file = Path(row.pop("folder")) / f"{name}.arrow"
        if not file.exists():
            raise FileNotFoundError(f"there is no '{file}': is '{name}' among spec.outputs.tables?")
        frames.append(pl.read_ipc(file).select(*(pl.lit(row[key], listed.schema[key]).alias(key) for key in keys), pl.all()))
    return pl.concat(frames, how="diagonal")
