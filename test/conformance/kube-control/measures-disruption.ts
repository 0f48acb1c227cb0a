/** Measures of pods that are disrupted: by evictions and the budgets that they are charged to, and by preemption. */
import type { TimelineEvent } from "./golden.js";
import type { Put, World } from "./measures.js";

export class DisruptionMeasures {
	readonly #grantedMs: number[] = [];
	readonly #refusals: string[] = [];
	/** By reason and workload, the nodes of those that were disrupted. */
	readonly #disrupted = new Map<string, string[]>();
	/** Nodes that were promised to pods. */
	readonly #nominated: string[] = [];
	#mostDisrupted = 0;
	#leastHealthy = Number.POSITIVE_INFINITY;

	/** An answer of the eviction API. */
	answered(event: TimelineEvent): void {
		if (event.do === "evict ok") this.#grantedMs.push(event.t);
		else this.#refusals.push(`${event["code"]} ${event["err"]} ${causeOf(event)}`);
	}

	see(event: TimelineEvent, world: World): void {
		const { k, op, n = "" } = event;
		if (k === "Pod" && op === "M") this.#pod(event, world.fieldsOf("Pod", n) ?? {});
		if (k !== "PDB" || op !== "M") return;
		for (const [, fields] of world.of("PDB")) {
			this.#mostDisrupted = Math.max(this.#mostDisrupted, Number(fields["disrupted"]));
			this.#leastHealthy = Math.min(this.#leastHealthy, Number(fields["cur"]));
		}
	}

	#pod({ disruption, nominated }: TimelineEvent, { own, node }: Readonly<Record<string, unknown>>): void {
		if (typeof nominated === "string") this.#nominated.push(nominated);
		if (typeof disruption !== "string") return;
		const what = `${disruption} ${String(own).replace(/^ReplicaSet\/(.*)-[^-]*$/, "$1")}`;
		const nodes = this.#disrupted.get(what);
		if (nodes === undefined) this.#disrupted.set(what, [String(node)]);
		else nodes.push(String(node));
	}

	end(put: Put, world: World, startMs: number): void {
		for (const [name, fields] of world.of("PDB")) {
			put(`PDB ${name}`, JSON.stringify(["allowed", "cur", "des", "exp", "disrupted"].map((field) => fields[field])));
			put(`PDB ${name} condition`, String(fields["c.DisruptionAllowed"]).replace(/: .*/, ""));
		}
		for (const [what, nodes] of this.#disrupted) {
			put(`disrupted ${what}`, nodes.length);
			if (what.startsWith("Preemption")) put(`disrupted ${what}, nodes`, new Set(nodes).size);
		}
		if (this.#nominated.length > 0) put("nominated, nodes", new Set(this.#nominated).size);
		if (this.#grantedMs.length === 0) return;
		put("evictions.granted", this.#grantedMs.length);
		put("evictions.firstMs", this.#grantedMs[0]! - startMs);
		put("evictions.lastMs", this.#grantedMs.at(-1)! - startMs);
		put("evictions.refused", this.#refusals.length);
		put("evictions.refusals", [...new Set(this.#refusals)].sort().join("; "));
		put("evictions.leastHealthy", this.#leastHealthy);
		put("evictions.mostDisrupted", this.#mostDisrupted);
	}
}

function causeOf(event: TimelineEvent): string {
	const details = event["details"] as { readonly causes?: readonly { readonly message: string }[] } | undefined;
	return details?.causes?.[0]?.message ?? "";
}
