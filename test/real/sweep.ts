/** A sweep to try, and what of its results must not depend on who made them. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Two hundred seeds of ten loads on a few nodes: a point takes milliseconds. */
export const EXPERIMENT = `apiVersion: cellsim/v1alpha1
kind: Experiment
metadata: {name: many}
spec:
  clock: {end: 5m}
  seeds: {base: 1, count: 200}
  strategy: {maxRuns: 2000, matrix: {load: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]}}
  cluster:
    nodeGroups: [{name: n, count: 3, template: {status: {allocatable: {cpu: "8", memory: 32Gi}}}}]
  workloads:
    - name: batch
      arrival: {poisson: {ratePerSecond: "\${{ matrix.load }}"}}
      template: {spec: {containers: [{name: main, resources: {requests: {cpu: "1", memory: 2Gi}}}]}}
      sim: {duration: {dist: exponential, mean: 20s}}
  scheduling: {architecture: monolithic, schedulers: [{scheduler: best-fit}]}
  outputs: {tables: [pods]}
`;

/** Everything but how long it took, and what only a sweep has. */
export function bytesIn(results: string): Record<string, string> {
	const names = readdirSync(results, { recursive: true, encoding: "utf8" });
	const files = names.filter(
		(name) => !/performance\.json$|^sweep\.json$/.test(name) && statSync(join(results, name)).isFile(),
	);
	const hash = (name: string) =>
		createHash("sha256")
			.update(readFileSync(join(results, name)))
			.digest("hex");
	return Object.fromEntries(files.sort().map((name) => [name, hash(name)]));
}
