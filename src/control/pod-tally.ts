/** Pods of one namespace, counted as they come, change and go, so that nobody has to look at all of them. */
import type { Pod } from "./pod.js";

export class PodTally {
	readonly #pods = new Map<string, Pod>();
	/** By uid of the owner, how many pods it has, and its first. */
	readonly #owners = new Map<number, { readonly pod: Pod; count: number }>();
	#healthy = 0;
	#unowned = 0;

	get size(): number {
		return this.#pods.size;
	}

	/** Those that are ready, and not on their way out. */
	get healthy(): number {
		return this.#healthy;
	}

	/** Those that nobody keeps up. */
	get unowned(): number {
		return this.#unowned;
	}

	named(name: string): Pod | undefined {
		return this.#pods.get(name);
	}

	/** One pod of each owner. */
	*oneOfEachOwner(): Generator<Pod> {
		for (const { pod } of this.#owners.values()) yield pod;
	}

	/** A pod is there, new or changed. */
	put(pod: Pod): void {
		const { name, owner } = pod.metadata;
		this.delete(name);
		this.#pods.set(name, pod);
		if (isHealthy(pod)) this.#healthy++;
		if (owner === null) {
			this.#unowned++;
			return;
		}
		const mine = this.#owners.get(owner.uid);
		if (mine === undefined) this.#owners.set(owner.uid, { pod, count: 1 });
		else mine.count++;
	}

	/** One is gone, if it was there. */
	delete(name: string): void {
		const pod = this.#pods.get(name);
		if (pod === undefined) return;
		this.#pods.delete(name);
		if (isHealthy(pod)) this.#healthy--;
		const { owner } = pod.metadata;
		if (owner === null) this.#unowned--;
		else if (--this.#owners.get(owner.uid)!.count === 0) this.#owners.delete(owner.uid);
	}
}

export function isHealthy({ metadata, status }: Pod): boolean {
	return status.ready && metadata.deletedUs === null;
}
