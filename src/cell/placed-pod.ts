import type { SimTime } from "../engine/time.js";
import type { PodClass } from "../objects/pod-class.js";
import type { PodId } from "./ids.js";
import type { PodView } from "./pod-view.js";

/**
 * A pod as the list of its node shows it. Lists are kept for schedulers that look at pods, and copied with the node: what a
 * snapshot says of a node's amounts and of its pods belongs together, however stale. An entry never changes.
 */
export interface PlacedPod {
	readonly id: PodId;
	readonly podClass: PodClass;
	/** As submitted. */
	readonly name: string;
	/** Bit mask of the GPU devices in use. */
	readonly devices: number;
	/** Since when it has the node. */
	readonly sinceUs: SimTime;
	/** Whether it is on its way out but still there: deleted, or stopped for a pod of higher priority. */
	readonly leaving: "no" | "deleted" | "preempted";
}

/** The entry of a pod; by default with what it has and since when. */
export function placedPod(pod: PodView, devices = pod.devices, sinceUs: SimTime = pod.boundUs): PlacedPod {
	const { id, podClass } = pod;
	const { leaving: reason } = pod;
	const leaving = reason === null ? "no" : reason === "preempted" ? "preempted" : "deleted";
	return { id, podClass, devices, sinceUs, name: pod.name, leaving };
}
