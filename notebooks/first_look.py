# %% [markdown]
# # A first look at an experiment
# Runs as they are after `npm start`. Times are integer microseconds, shares are 0..1; the unit of each column is in its name
# and in the Arrow field metadata.

# %%
import sys
from pathlib import Path

import polars as pl

results = Path(sys.argv[1] if len(sys.argv) > 1 else "results/quickstart")
runs = pl.read_ipc(results / "runs.arrow")

# %% [markdown]
# ## Which policy makes pods wait, and which leaves GPUs usable?

# %%
by_variant = (
    runs.group_by("matrix_architecture", "matrix_policy", maintain_order=True)
    .agg(
        pending_p99_min=pl.col("pending_time_p99_us").mean() / 60e6,
        gpu_allocation=pl.col("gpu_allocation").mean(),
        gpu_fragmentation=pl.col("gpu_fragmentation").mean(),
        unscheduled=pl.col("pods_unscheduled").mean(),
    )
    .sort("pending_p99_min")
)
print(by_variant)

# %% [markdown]
# ## Inside one run: how long does each class of pods wait?

# %%
run = runs["run"][0]
pods = pl.read_ipc(results / run / "pods.arrow")
print(
    pods.filter(pl.col("pending_time_us").is_not_null())
    .group_by("class")
    .agg(pods=pl.len(), pending_p90_min=pl.col("pending_time_us").quantile(0.9) / 60e6)
    .sort("class")
)

# %% [markdown]
# ## Why were attempts in vain?

# %%
attempts = pl.read_ipc(results / run / "attempts.arrow")
print(
    attempts.filter(pl.col("rejections").is_not_null())
    .with_columns(reason=pl.col("rejections").str.split(", ").list.first().str.replace(r"^\d+ ", ""))
    .group_by("reason")
    .agg(attempts=pl.len())
    .sort("attempts", descending=True)
)
