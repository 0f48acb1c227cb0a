/**
 * Which group is made larger where several would help. Each expander keeps the best options; the next chooses among these, and chance
 * among those that all leave equal. Source: cluster-autoscaler's expander/ (mostpods, waste, price, priority, factory/chain.go).
 *
 * Divergence from cluster-autoscaler: priorities are numbers of the groups, not patterns in a ConfigMap; price compares what the nodes cost
 * with what the pods are worth, and prefers no size of node.
 */
import type { Random } from "../../../engine/random.js";
import type { ResourceList } from "../../../objects/resources.js";
import type { TrialPod } from "../../autoscaling/what-if-cluster.js";
import type { NodeGroup } from "./node-group.js";
import type { ExpanderName } from "./schema.js";

/** What making a group larger would do. */
export interface ScaleUpOption {
	readonly group: NodeGroup;
	readonly nodes: number;
	/** Pods that would have a node then. */
	readonly pods: readonly TrialPod[];
}

/** One of the options; there is at least one. */
export function chooseOption(
	options: readonly ScaleUpOption[],
	expanders: readonly ExpanderName[],
	random: Random,
): ScaleUpOption {
	let left = options;
	for (const name of expanders) {
		if (name === "random") break;
		const scores = left.map(BADNESS[name]);
		const best = Math.min(...scores);
		left = left.filter((_option, i) => scores[i] === best);
	}
	return left.length === 1 ? left[0]! : left[random.integer(left.length)]!;
}

/** The lower the better. */
const BADNESS: Readonly<Record<Exclude<ExpanderName, "random">, (option: ScaleUpOption) => number>> = {
	"most-pods": ({ pods }) => -pods.length,
	"least-waste": wasteOf,
	price: ({ group, nodes, pods }) => (nodes * group.options.price) / worthOf(sumOf(pods)),
	priority: ({ group }) => -group.options.priority,
};

/** The share of CPU that nobody asked for, and that of memory. */
function wasteOf({ group, nodes, pods }: ScaleUpOption): number {
	const { allocatable } = group.options.template.status;
	const asked = sumOf(pods);
	const unused = (resource: string) => {
		const there = (allocatable[resource] ?? 0) * nodes;
		return there === 0 ? 0 : (there - (asked[resource] ?? 0)) / there;
	};
	return unused("cpu") + unused("memory");
}

function sumOf(pods: readonly TrialPod[]): ResourceList {
	const sum = { cpu: 0, memory: 0 };
	for (const { podClass } of pods) {
		sum.cpu += podClass.spec.requests["cpu"] ?? 0;
		sum.memory += podClass.spec.requests["memory"] ?? 0;
	}
	return sum;
}

const GIB = 2 ** 30;
/** What a CPU and a GiB cost an hour in cluster-autoscaler's own model of prices (cloudprovider/gce/gce_price_info.go); only their ratio counts. */
const CPU_WORTH = 0.033174;
const GIB_WORTH = 0.004446;

function worthOf({ cpu = 0, memory = 0 }: ResourceList): number {
	return Math.max(Number.MIN_VALUE, (cpu / 1000) * CPU_WORTH + (memory / GIB) * GIB_WORTH);
}
