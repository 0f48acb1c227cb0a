/**
 * Dividing the CPU time of one node among 50 containers anew, after the demand of one of them changed: a kubelet's tree of 40
 * pods in three classes, on a node that has too little for all.
 */
import { CpuDivision } from "../../dist/node/cgroup/cpu-division.js";
import { cpuShares, cpuWeightLinear } from "../../dist/node/cgroup/weights.js";
import { cpuOf, median } from "./measure.mjs";

const ROOT = -1;
const NO_CAP = Number.POSITIVE_INFINITY;
const PODS = 40;
const CAPACITY_MILLI = 16_000;
const DIVISIONS = 100_000;

export function* nodeDivision() {
	const times = Array.from({ length: 5 }, microsecondsEach);
	yield { name: "node.division.50.us", value: median(times), unit: "us" };
}

function microsecondsEach() {
	const division = new CpuDivision();
	const containers = kubeletTree(division);
	const run = (count) => {
		for (let i = 0; i < count; i++) {
			division.setDemand(containers[i % containers.length], 100 + ((i * 37) % 900));
			division.divide(CAPACITY_MILLI);
		}
	};
	run(DIVISIONS / 5);
	return (cpuOf(() => run(DIVISIONS)) / DIVISIONS) * 1e6;
}

/** Every fourth pod is guaranteed with a limit, every fourth besteffort; every fourth of all has a second container. */
function kubeletTree(division) {
	const kubepods = division.add(ROOT, cpuWeightLinear(cpuShares(CAPACITY_MILLI)), NO_CAP);
	const slices = {
		guaranteed: kubepods,
		burstable: division.add(kubepods, cpuWeightLinear(cpuShares(6000)), NO_CAP),
		besteffort: division.add(kubepods, cpuWeightLinear(cpuShares(0)), NO_CAP),
	};
	const containers = [];
	for (let p = 0; p < PODS; p++) {
		const qos = ["guaranteed", "burstable", "burstable", "besteffort"][p % 4];
		const requestMilli = qos === "besteffort" ? 0 : 100 * (1 + (p % 5));
		const capMilli = qos === "guaranteed" ? requestMilli : NO_CAP;
		const weight = cpuWeightLinear(cpuShares(requestMilli));
		const pod = division.add(slices[qos], weight, capMilli);
		for (let c = 0; c < (p % 4 === 1 ? 2 : 1); c++) {
			const container = division.add(pod, weight, capMilli);
			division.setDemand(container, 1000);
			containers.push(container);
		}
	}
	return containers;
}
