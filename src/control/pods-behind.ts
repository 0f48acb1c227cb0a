/** Tells the cell which pods the requests to each service shall go to, where an orchestrator says so pod by pod. */
import type { Cell } from "../cell/cell.js";
import type { PodId } from "../cell/ids.js";
import { keyOf } from "./api-object.js";
import type { Pod } from "./pod.js";
import type { PodBridge } from "./pod-bridge.js";

export class PodsBehind {
	readonly #cell: Cell;
	readonly #pods: PodBridge;
	/** By service, and by key of the pod. */
	readonly #behind = new Map<string, Map<string, PodId>>();

	constructor(cell: Cell, pods: PodBridge) {
		this.#cell = cell;
		this.#pods = pods;
	}

	/** Whether requests to a service, `namespace/name`, go to a pod from now on. */
	set(service: string, pod: Pod, takes: boolean): void {
		const key = keyOf(pod);
		const behind = this.#behind.get(service) ?? new Map<string, PodId>();
		this.#behind.set(service, behind);
		if (takes === behind.has(key)) return;
		const id = takes ? this.#pods.podOf(pod.metadata.uid) : undefined;
		if (id === undefined) behind.delete(key);
		else behind.set(key, id);
		this.#cell.objects.endpointsChanged(service, [...behind.values()]);
	}
}
