import { percentOf } from "./percent-of.mjs";

const POLICIES = ["Random", "DotProd", "GpuClustering", "GpuPacking", "BestFit", "FGD"];

/** Percent of the cluster's GPU allocated at an arrived load of 130 %, in the order of POLICIES: means over the ten published seeds. */
const PUBLISHED = {
	cpu050: [91.24, 93.27, 93.79, 93.72, 93.79, 95.21],
	cpu100: [89.11, 91.95, 92.64, 92.72, 93.44, 95.35],
	cpu250: [80.41, 83.81, 87.99, 88.28, 91.45, 93.41],
	gpushare40: [86.0, 89.56, 90.02, 90.03, 91.69, 94.15],
	gpushare80: [81.22, 84.49, 84.85, 85.0, 87.01, 89.31],
	gpushare100: [79.44, 82.42, 82.65, 82.57, 85.01, 86.9],
	gpuspec10: [87.43, 90.39, 92.18, 92.46, 93.31, 94.95],
	gpuspec25: [86.94, 89.63, 92.08, 92.98, 93.23, 94.74],
	gpuspec33: [86.46, 89.14, 92.12, 93.22, 93.09, 94.55],
	multigpu20: [88.69, 92.06, 93.56, 93.71, 93.93, 95.65],
	multigpu40: [90.09, 94.19, 95.5, 95.74, 95.23, 96.99],
	multigpu50: [90.28, 94.85, 95.81, 96.18, 95.74, 97.18],
};
const POINTS = 0.5;
/** Policies that are less apart than this are equal as far as ten seeds can tell. */
const APART = 0.3;

export const e27Lists = {
	id: "e27-lists",
	name: "e27-lists",
	title: "The same on twelve other lists of the study",
	claims: [
		...Object.entries(PUBLISHED).map(([list, published]) => ({
			id: list,
			claim: `${list}: each policy allocates what is published, within ${POINTS} points`,
			published: told(published),
			label: "validates",
			notInCi: "one seed does not make these means",
			measure({ runs }) {
				const means = meansOf(runs, list);
				return { measured: told(means), holds: means.every((mean, i) => Math.abs(mean - published[i]) <= POINTS) };
			},
		})),
		{
			id: "order",
			claim: `On every list policies that are ${APART} points apart or more in the published results come in that order`,
			published: "FGD first everywhere; BestFit behind GpuPacking on multigpu40 and multigpu50",
			label: "shape",
			notInCi: "only one list is run there",
			measure({ runs }) {
				const wrong = Object.entries(PUBLISHED).flatMap(([list, published]) => {
					const means = meansOf(runs, list);
					return POLICIES.flatMap((better, b) =>
						POLICIES.filter((_, w) => published[b] - published[w] >= APART && means[b] <= means[w]).map(
							(worse) => `${list}: ${better} not above ${worse}`,
						),
					);
				});
				return { measured: wrong.length === 0 ? "all of them do" : wrong.join(", "), holds: wrong.length === 0 };
			},
		},
	],
};

function meansOf(runs, list) {
	return POLICIES.map((policy) => percentOf(runs, { list, policy }, "gpu_allocated.load_130"));
}

function told(values) {
	return POLICIES.map((policy, i) => `${policy} ${values[i].toFixed(2)} %`).join(", ");
}
