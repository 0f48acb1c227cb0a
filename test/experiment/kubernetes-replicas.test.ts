/** kube-scheduler in several replicas under shared state: `experiments/kubernetes/replicas.yaml`, 10 s of it. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { cellsim, folderWith } from "../cli/cellsim.js";

const FILE = fileURLToPath(new URL("../../experiments/kubernetes/replicas.yaml", import.meta.url));

interface Run {
	readonly variant: { readonly replicas: number; readonly conflict: string };
	readonly summary: Readonly<Record<string, number>>;
}

test("more replicas keep up, unless any change of a node is a conflict", async () => {
	const set = ["--set", "spec.workloads[0].until=10s", "--set", "spec.seeds=[1]"];
	const { code, stdout, stderr } = await cellsim(["run", FILE, "--json", ...set], { cwd: folderWith({}) });
	expect(code, stderr).toBe(0);
	const { runs } = JSON.parse(stdout) as { readonly runs: readonly Run[] };
	const of = (metric: string) =>
		Object.fromEntries(
			runs.map(({ variant, summary }) => [`${variant.replicas} ${variant.conflict}`, summary[metric]!]),
		);
	const conflicts = of("conflicts");
	expect(conflicts).toMatchObject({ "1 fit": 0, "1 node-version": 0, "2 fit": 0, "4 fit": 0 });
	// About 4,000 pods.
	expect(conflicts["2 node-version"]).toBeGreaterThan(1000);
	const waits = of("pending_time_mean_us");
	expect(waits["1 fit"]).toBeGreaterThan(20 * waits["2 fit"]!);
	expect(waits["2 node-version"]).toBeGreaterThan(20 * waits["2 fit"]!);
	expect(waits["4 fit"]).toBeLessThan(waits["2 fit"]!);
	expect(waits["4 node-version"]).toBeLessThan(waits["2 node-version"]! / 20);
});
