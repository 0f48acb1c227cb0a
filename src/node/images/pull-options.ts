/** How a kubelet pulls images: its limits and defaults, and what a container's pull policy asks for. */
import type { SimTime } from "../../engine/time.js";
import type { ContainerRun } from "../../objects/pod-run.js";
import { type CollectionOptions, KUBELET_COLLECTION } from "./image-store.js";

export interface PullOptions {
	/** Of the registry to all nodes together; Infinity for no limit. */
	readonly registryBytesPerS: number;
	/** From asking the registry to the first byte. */
	readonly latencyUs: SimTime;
	/** Pulls a node may begin: a second (0: no limit), and at once after a rest. */
	readonly qps: number;
	readonly burst: number;
	/** Pulls of a node at the same time: 1 for serial pulls, Infinity for no limit. */
	readonly maxParallel: number;
	/** Wait after the first failure; doubles with each up to the largest. */
	readonly backOffUs: SimTime;
	readonly maxBackOffUs: SimTime;
	readonly collection: CollectionOptions;
	/** Whether the registry refuses now; asked once for each try. Null: never. */
	readonly refuses: ((node: number, image: number) => boolean) | null;
}

/** As a kubelet pulls unless told otherwise, from a registry that is always there at once. */
export const KUBELET_PULLS: PullOptions = {
	registryBytesPerS: Number.POSITIVE_INFINITY,
	latencyUs: 0,
	qps: 5,
	burst: 10,
	maxParallel: 1,
	backOffUs: 10_000_000,
	maxBackOffUs: 300_000_000,
	collection: KUBELET_COLLECTION,
	refuses: null,
};

/** What a container's pull policy asks for, given whether its image is on the node; "never" is an error that only a change of the node ends. */
export function pullNeed(policy: ContainerRun["imagePullPolicy"], present: boolean): "pull" | "nothing" | "never" {
	if (policy === "Always") return "pull";
	if (present) return "nothing";
	return policy === "Never" ? "never" : "pull";
}
