/** Where the pods of each job are, as the snapshot that a scheduler looks at has it, assumed ones included. */
import { type NodeId, type PodId, rowOf } from "../cell/ids.js";
import type { Job } from "../cell/job.js";
import { type NodeColumns, TouchCursor } from "../cell/node-columns.js";
import type { PlacedPod } from "../cell/placed-pod.js";
import type { PodTable } from "../cell/pod-table.js";
import type { Snapshot } from "../cell/snapshot.js";

const NO_PODS: readonly PlacedPod[] = [];
const NO_JOBS: readonly null[] = [];
const NOWHERE: ReadonlyMap<NodeId, number> = new Map();

export class JobPlaces {
	#nodes: NodeColumns | null = null;
	#cursor = new TouchCursor();
	/** By node: its list of pods when it was looked at last, and the job of each. */
	readonly #lists: (readonly PlacedPod[])[] = [];
	readonly #jobs: (readonly (Job | null)[])[] = [];
	/** By job: pods by node. */
	readonly #places = new Map<Job, Map<NodeId, number>>();
	#pods: PodTable | null = null;
	readonly #look = (node: NodeId): void => this.#update(node);

	/** Takes in what changed since the last call, and tracks pods from the first call on. */
	follow(snapshot: Snapshot): void {
		snapshot.trackPods();
		const { nodes, cell } = snapshot;
		this.#pods = cell.pods;
		if (this.#nodes !== nodes) {
			this.#nodes = nodes;
			this.#cursor = new TouchCursor();
			this.#lists.length = 0;
			this.#jobs.length = 0;
			this.#places.clear();
		}
		nodes.visitTouched(this.#cursor, this.#look);
	}

	/** Pods of the job by node. */
	of(job: Job): ReadonlyMap<NodeId, number> {
		return this.#places.get(job) ?? NOWHERE;
	}

	#update(node: NodeId): void {
		const before = this.#lists[node] ?? NO_PODS;
		const after = this.#nodes!.placed[node]!;
		if (before === after) return;
		const known = this.#jobs[node] ?? NO_JOBS;
		const jobs = after.map(({ id }) => {
			const at = indexOf(before, id);
			return at < 0 ? this.#came(id, node) : known[at]!;
		});
		for (let i = 0; i < before.length; i++)
			if (known[i] && indexOf(after, before[i]!.id) < 0) this.#left(known[i]!, node);
		this.#lists[node] = after;
		this.#jobs[node] = jobs;
	}

	/** Null for a pod that an old snapshot shows and that has ended since: there is no job to spread. */
	#came(pod: PodId, node: NodeId): Job | null {
		if (!this.#pods!.has(pod)) return null;
		const job = this.#pods!.jobs[rowOf(pod)]!;
		let places = this.#places.get(job);
		if (places === undefined) this.#places.set(job, (places = new Map()));
		places.set(node, (places.get(node) ?? 0) + 1);
		return job;
	}

	#left(job: Job, node: NodeId): void {
		const places = this.#places.get(job)!;
		const rest = places.get(node)! - 1;
		if (rest > 0) places.set(node, rest);
		else places.delete(node);
		if (places.size === 0) this.#places.delete(job);
	}
}

function indexOf(list: readonly PlacedPod[], pod: PodId): number {
	for (let i = list.length - 1; i >= 0; i--) if (list[i]!.id === pod) return i;
	return -1;
}
