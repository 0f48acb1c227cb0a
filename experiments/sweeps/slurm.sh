#!/usr/bin/env bash
# Runs an experiment as a Slurm job array, on a disk that all nodes share: ./slurm.sh EXPERIMENT [PIECES [AT_ONCE]]
# Plans the sweep, submits the array and a job that collects when all tasks have ended, and prints their numbers. The resources below
# are those of one task. CELLSIM is the command to run, `cellsim` if unset.
#SBATCH --job-name=cellsim
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=2G
#SBATCH --time=04:00:00
#SBATCH --requeue
set -euo pipefail
read -ra cellsim <<<"${CELLSIM:-cellsim}"

# Slurm runs this same file for each task, with the folder of the plan; which piece it is, cellsim reads from the environment.
if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
	exec "${cellsim[@]}" sweep run "$1"
fi

plan=$("${cellsim[@]}" sweep plan "$1" --pieces "${2:-100}" --json)
field() { node -p "JSON.parse(process.argv[1]).$1" "$plan"; }
folder=$(field folder)
last=$(($(field pieces) - 1))

array=$(sbatch --parsable --array="0-$last%${3:-20}" "$0" "$folder")
# afterany, not afterok: what is missing or failed is named as well.
collect=$(sbatch --parsable --dependency="afterany:${array%%;*}" --job-name=cellsim-collect \
	--wrap="${cellsim[*]} sweep collect $(printf %q "$folder")")
echo "array ${array%%;*}, then collect ${collect%%;*}"
