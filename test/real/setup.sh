#!/usr/bin/env bash
# Installs what test/real holds cellsim against: Slurm, Prometheus, Chromium, GNU parallel, in .venv at the root of the repository Python packages, and
# what the gallery of notebooks is built with.
set -euo pipefail
cd "$(dirname "$0")/../.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

missing=()
for program in slurmctld slurmd sbatch munged prometheus promtool chromium; do
	command -v "$program" >/dev/null || missing+=("$program")
done
# There is another program of this name.
parallel --version 2>/dev/null | grep -q GNU || missing+=(parallel)
if [ ${#missing[@]} -gt 0 ]; then
	as_root apt-get update -qq
	as_root apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge prometheus chromium fonts-dejavu-core parallel
fi
if [ ! -x .venv/bin/python ]; then
	if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
		as_root apt-get update -qq
		as_root apt-get install -y -qq python3-venv
	fi
	rm -rf .venv
	python3 -m venv .venv
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r notebooks/requirements.txt -r test/real/requirements.txt
# By itself: it wants other versions of what notebooks need.
[ -x .venv/snakemake/bin/python ] || python3 -m venv .venv/snakemake
.venv/snakemake/bin/python -m pip install --quiet --disable-pip-version-check snakemake==9.27.1
npm ci --prefix notebooks/gallery --no-audit --no-fund
