/** The pods that a component has seen, by the node that they are bound to. Told of each change of a pod by all who look at them. */
import type { ApiChange } from "../api-server.js";
import type { ControllerContext } from "../controller.js";
import type { Pod } from "../pod.js";

const NONE: ReadonlySet<string> = new Set();

export class PodsByNode {
	readonly #seen: ControllerContext["seen"];
	readonly #keys = new Map<string, Set<string>>();
	/** The change that it was told of last. */
	#last: ApiChange | null = null;

	/** The same for all controllers of a component. */
	static in(seen: ControllerContext["seen"]): PodsByNode {
		return seen.common(made);
	}

	constructor(seen: ControllerContext["seen"]) {
		this.#seen = seen;
	}

	changed(change: ApiChange): void {
		if (change === this.#last) return;
		this.#last = change;
		const { key, before, after } = change;
		const was = (before as Pod | null)?.spec.nodeName ?? "";
		const is = (after as Pod | null)?.spec.nodeName ?? "";
		if (was === is) return;
		const left = this.#keys.get(was);
		left?.delete(key);
		if (left?.size === 0) this.#keys.delete(was);
		if (is === "") return;
		const there = this.#keys.get(is);
		if (there === undefined) this.#keys.set(is, new Set([key]));
		else there.add(key);
	}

	/** In the order in which they were bound. */
	of(node: string): readonly Pod[] {
		return [...(this.#keys.get(node) ?? NONE)].flatMap((key) => {
			const pod = this.#seen.get("Pod", key) as Pod | undefined;
			return pod === undefined ? [] : [pod];
		});
	}

	/** Nodes that any pods are bound to. */
	get nodes(): Iterable<string> {
		return this.#keys.keys();
	}
}

const made = (seen: ControllerContext["seen"]) => new PodsByNode(seen);
