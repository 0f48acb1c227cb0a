#!/usr/bin/env bash
# Compares the policy at hand with the one of another branch: ./policy-gate.sh [BASE]. Exit code 0 lets it in, 1 turns it away,
# 2 and 3 are mistakes and failed runs. CELLSIM is the command to run, `npx cellsim` if unset.
set -euo pipefail
cd "$(dirname "$0")"
base=${1:-origin/main}
read -ra cellsim <<<"${CELLSIM:-npx cellsim}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The policy as it is on the base branch; everything else as it is here.
git show "$base:./policy.js" >"$work/policy.js"

"${cellsim[@]}" run suite.yaml -o results/base --set "spec.params.policy=$work/policy.js" >/dev/null
"${cellsim[@]}" run suite.yaml -o results/candidate >/dev/null

compare=("${cellsim[@]}" compare results/base/suite results/candidate/suite --gate gate.yaml)
verdict=0
"${compare[@]}" --format markdown >summary.md 2>/dev/null || verdict=$?
"${compare[@]}" --format junit >junit.xml 2>/dev/null || true
"${compare[@]}" || true
exit "$verdict"
