import { z } from "zod";
import { orAbsent } from "../../../objects/absent.js";
import type { PodClass } from "../../../objects/pod-class.js";
import type { NodeSpec } from "../../../objects/spec.js";
import { type ShapePoint, shapedShare } from "../../capacity-shape.js";
import { shapeSchema } from "../../capacity-shape-schema.js";
import { gpuDevices } from "../../plugins/index.js";
import { lackingResources } from "../../plugins/resources-fit.js";
import { type KubernetesPlugin, MAX_SCORE } from "../plugin.js";
import { argsObject, definePlugin } from "../plugin-definition.js";
import { CPU_AND_MEMORY, countsWhenAsked, dimensionOf, type ResourceWeight } from "../resource-weights.js";
import { scoredPod, scoredSum } from "../scored-requests.js";

export interface FitArgs {
	/** Extended resources that the filter leaves to others, and domains of such with a slash behind. */
	readonly ignored: ReadonlySet<string>;
	readonly strategy: "LeastAllocated" | "MostAllocated" | "RequestedToCapacityRatio";
	readonly resources: readonly ResourceWeight[];
	/** Of RequestedToCapacityRatio, by rising utilization; empty otherwise. */
	readonly shape: readonly ShapePoint[];
}

interface Strategy {
	/** Score of one resource, 0..100, from what would be used and what there is, which is not 0. */
	readonly share: (used: number, allocatable: number) => number;
	/** Whether resources that score nothing are left out of the mean, which then is rounded half up instead of down. */
	readonly skipsZeros: boolean;
}

const resource = z
	.strictObject({ name: z.string().min(1), weight: orAbsent(z.int().min(0).max(100), 1) })
	.transform(({ name, weight }) => ({ name, weight: weight === 0 ? 1 : weight }));

const strategy = z
	.strictObject({
		type: orAbsent(z.enum(["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"]), "LeastAllocated"),
		resources: orAbsent(z.array(resource), []),
		requestedToCapacityRatio: orAbsent(z.strictObject({ shape: shapeSchema }), null),
	})
	.superRefine(({ type, requestedToCapacityRatio }, context) => {
		if (type !== "RequestedToCapacityRatio" || requestedToCapacityRatio !== null) return;
		const message = "RequestedToCapacityRatio needs requestedToCapacityRatio with a shape";
		context.addIssue({ code: "custom", path: ["type"], message });
	});

const group = z.string().refine((name) => !name.includes("/"), { error: "a group is the part before the slash" });

export const nodeResourcesFitDefinition = definePlugin({
	name: "NodeResourcesFit",
	summary: "Turns down nodes with too little of a resource free; the score goes by how full the node would be.",
	args: argsObject({
		ignoredResources: orAbsent(z.array(z.string()), []),
		ignoredResourceGroups: orAbsent(z.array(group), []),
		scoringStrategy: orAbsent(strategy, null),
	}).transform(({ ignoredResources, ignoredResourceGroups, scoringStrategy }): FitArgs => {
		const resources = scoringStrategy?.resources ?? [];
		return {
			ignored: new Set([...ignoredResources, ...ignoredResourceGroups.map((name) => `${name}/`)]),
			strategy: scoringStrategy?.type ?? "LeastAllocated",
			resources: resources.length === 0 ? CPU_AND_MEMORY : resources,
			shape: scoringStrategy?.requestedToCapacityRatio?.shape ?? [],
		};
	}),
	make: makeNodeResourcesFit,
});

/** Requests must fit what is free; the score goes by how full the node would be. */
function makeNodeResourcesFit({ ignored, strategy, resources, shape }: FitArgs): KubernetesPlugin {
	const strategies: Readonly<Record<FitArgs["strategy"], Strategy>> = {
		LeastAllocated: { share: freeShare, skipsZeros: false },
		MostAllocated: { share: usedShare, skipsZeros: false },
		RequestedToCapacityRatio: { share: (used, allocatable) => shapedShare(shape, used, allocatable), skipsZeros: true },
	};
	const { share, skipsZeros } = strategies[strategy];
	return {
		name: "NodeResourcesFit",
		looksAt: "node",
		filter: ({ pod }) => ({
			filter: {
				// Shares of single devices are cellsim's own resource.
				rejects: (node) => lackingResources(pod, node, ignored) ?? gpuDevices.accepts(pod, node),
			},
		}),
		score({ pod }) {
			const { incoming } = scoredPod(pod);
			const asked = resources
				.map((resource) => ({ ...resource, amount: incoming[resource.name] ?? 0 }))
				.filter(({ name, amount }) => amount > 0 || !countsWhenAsked(name));
			return {
				score(node) {
					const present = scoredSum(node);
					let sum = 0;
					let weights = 0;
					for (const { name, weight, amount } of asked) {
						const resource = dimensionOf(node, name);
						const allocatable = node.allocatable(resource);
						if (allocatable === 0) continue;
						const before = name === "cpu" ? present.cpu : name === "memory" ? present.memory : node.requested(resource);
						const score = share(before + amount, allocatable);
						if (skipsZeros && score <= 0) continue;
						sum += weight * score;
						weights += weight;
					}
					return weights === 0 ? 0 : Math.floor(sum / weights + (skipsZeros ? 0.5 : 0));
				},
			};
		},
		wakes(event, pod, own) {
			switch (event.kind) {
				case "pod-removed":
				case "node-taints":
					return true;
				case "node-added":
					return fitsEmpty(pod, event.after);
				case "node-allocatable":
					return fitsEmpty(pod, event.after) && offersMore(pod, event.before, event.after);
				case "pod-requests":
					return own || (event.bound && frees(pod, event.before, event.after));
				default:
					return false;
			}
		},
	};
}

/** Ignored resources count here. */
function fitsEmpty({ spec: { requests } }: PodClass, { allocatable }: NodeSpec): boolean {
	if ((allocatable["pods"] ?? 0) < 1) return false;
	return Object.entries(requests).every(([name, amount]) => amount <= (allocatable[name] ?? 0));
}

function offersMore({ spec: { requests } }: PodClass, before: NodeSpec, after: NodeSpec): boolean {
	const names = ["pods", ...Object.keys(requests)];
	return names.some((name) => (after.allocatable[name] ?? 0) > (before.allocatable[name] ?? 0));
}

/** Whether a pod requests less than before of something that this one requests. */
function frees({ spec: { requests } }: PodClass, { spec: before }: PodClass, { spec: after }: PodClass): boolean {
	return Object.keys(requests).some((name) => (before.requests[name] ?? 0) > (after.requests[name] ?? 0));
}

function freeShare(used: number, allocatable: number): number {
	return used > allocatable ? 0 : Math.floor(((allocatable - used) * MAX_SCORE) / allocatable);
}

function usedShare(used: number, allocatable: number): number {
	return Math.floor((Math.min(used, allocatable) * MAX_SCORE) / allocatable);
}
