#!/usr/bin/env bash
# Installs what test/real holds cellsim against: Slurm, and in .venv at the root of the repository Python packages.
set -euo pipefail
cd "$(dirname "$0")/../.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

if ! command -v slurmctld sbatch munged >/dev/null; then
	as_root apt-get update -qq
	as_root apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge
fi
if [ ! -x .venv/bin/python ]; then
	if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
		as_root apt-get update -qq
		as_root apt-get install -y -qq python3-venv
	fi
	rm -rf .venv
	python3 -m venv .venv
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r notebooks/requirements.txt
