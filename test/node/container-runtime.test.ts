/** A runtime that starts one container after the other, ever slower. */
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { SECOND } from "../../src/engine/time.js";
import { readTable } from "../../src/metrics/sinks/read.js";
import { cellsim, folderWith } from "../cli/cellsim.js";
import { experimentText } from "../support/experiment-files.js";

const spec = (runtime: string, agent: string) => `
cluster: {nodeGroups: [{name: n, count: 1, template: {status: {allocatable: {cpu: "8", memory: 8Gi, pods: "110"}}}}]}
scheduling: {architecture: monolithic, schedulers: [{scheduler: first-fit}]}
node: {startDelay: 1s, runtime: ${runtime}${agent}}
workloads:
  - name: w
    count: 4
    arrival: {at: 10s}
    template: {spec: {containers: [{name: c, image: i, resources: {requests: {cpu: "1", memory: 64Mi}}}]}}
    sim: {duration: 1h}
outputs: {tables: [pods]}`;

test.each([
	// 1 s until it hears of them; then 2 s, 2.5 s, 3 s and 3.5 s one after the other.
	["{start: 2s, perContainer: 500ms}", "", [13, 15.5, 18.5, 22]],
	["{start: 2s, perContainer: 500ms}", ", machine: {}", [13, 15.5, 18.5, 22]],
	// Two at a time: 2 s and 2.5 s, then 3 s after the first and 3.5 s after the second.
	["{atOnce: 2, start: 2s, perContainer: 500ms}", "", [13, 13.5, 16, 17]],
])("%s%s", async (runtime, agent, starts) => {
	const folder = folderWith({ "e.yaml": experimentText(spec(runtime, agent)) });
	const { code, stdout, stderr } = await cellsim(["run", "e.yaml", "--json", "-o", "out"], { cwd: folder });
	expect(code, stderr).toBe(0);
	const { folder: run } = JSON.parse(stdout).runs[0] as { readonly folder: string };
	const { columns } = await readTable(resolve(folder, run, "pods.arrow"));
	const started = Array.from(columns.get("start_time_us") as ArrayLike<number>, (us) => Number(us) / SECOND);
	expect(started.sort((a, b) => a - b)).toEqual(starts);
});
