import { pick } from "../../lib/measure.mjs";
import { range, taints } from "./node-failure.mjs";

const SILENT_S = 60;
const DECLARED_S = 50;

export const nodeFailureBorg = {
	id: "node-failure-borg",
	name: "node-failure-borg",
	title: "Machines that cannot be reached, under Borg's rule",
	tables: ["changes"],
	comparesWith: ["node-failure"],
	claims: [
		{
			id: "rate",
			claim: "Pods are taken off at the declared rate, from 50 s after the failure on, whatever fails",
			published: "at a limited rate (section 4); no figure",
			label: "verifies",
			measure({ runs }) {
				const ok = runs.map((run) => {
					const times = takenOff(run);
					const gap = 1 / run.variant.rate;
					return (
						times[0] === DECLARED_S && times.every((s, i) => Math.abs(s - DECLARED_S - i * gap) <= 0.001 * (i + 1))
					);
				});
				return { measured: `in ${ok.filter(Boolean).length} of ${runs.length} runs`, holds: ok.every(Boolean) };
			},
		},
		{
			id: "small-zone",
			claim:
				"With 60 % of a small zone gone, Borg's rule moves all pods, where Kubernetes moves those of one node at most",
			published: "our reading: Kubernetes does not trust itself about a zone that has mostly failed",
			label: "shape",
			measure({ runs, others }) {
				const silent = "60 % of a small zone";
				const borg = pick(runs, { silent }).map((run) => takenOff(run).length);
				const kubernetes = kubernetesRuns(others, silent).map((run) => taints(run).length);
				return {
					measured: `${range(borg, 0)} of 18 pods; nodes emptied by Kubernetes: ${range(kubernetes, 0)} of 6`,
					holds: borg.every((pods) => pods === 18) && kubernetes.every((nodes) => nodes <= 1),
				};
			},
		},
		{
			id: "everything",
			claim:
				"Where nothing can be reached Borg's rule goes on taking pods off, with nowhere to put them; Kubernetes stops",
			published: "our reading: the limit by rate makes this slow, not impossible",
			label: "shape",
			measure({ runs, others }) {
				const silent = "all zones";
				const borg = pick(runs, { silent }).map((run) => takenOff(run).length);
				const kubernetes = kubernetesRuns(others, silent).map((run) => taints(run).length);
				return {
					measured: `${range(borg, 0)} of 90 pods; nodes emptied by Kubernetes: ${range(kubernetes, 0)} of 30`,
					holds: borg.every((pods) => pods === 90) && kubernetes.every((nodes) => nodes <= 6),
				};
			},
		},
		{
			id: "whole-zone",
			claim:
				"At the same mean rate (3 pods in 10 s) a zone that is gone is emptied in the same time, apart from the toleration",
			published: "our reading: 30 pods at 0.3/s are 100 s, and so are 10 nodes at 0.1/s",
			label: "shape",
			measure({ runs, others }) {
				const silent = "a whole zone";
				const borg = pick(runs, { silent, rate: "0.3" }).map((run) => span(takenOff(run)));
				const kubernetes = kubernetesRuns(others, silent).map((run) => span(taints(run).map(({ s }) => s)));
				return {
					measured: `${range(borg, 0)} s; Kubernetes' taints: ${range(kubernetes, 0)} s`,
					holds: kubernetes.length > 0 && kubernetes.every((s) => Math.abs(s - borg[0]) <= 15),
				};
			},
		},
	],
};

function kubernetesRuns(others, silent) {
	return pick(others("node-failure") ?? [], { silent });
}

/** Seconds from the failure at which a pod was taken off its machine, in order. */
function takenOff({ tables }) {
	const [times, changes] = ["time_us", "change"].map((name) => tables.get("changes").get(name));
	return Array.from(times, (us) => Number(us) / 1e6 - SILENT_S).filter((_, i) => changes[i] === "pod-requeued");
}

function span(times) {
	return times.at(-1) - times[0];
}
