import type { NodeId } from "../../cell/ids.js";
import type { NodeColumns } from "../../cell/node-columns.js";
import { JobPlaces } from "../job-places.js";
import type { JobScorePlugin, NodeScore } from "../job-score.js";

/** Labels of what fails as a whole, besides the machine itself. */
export const RACK_LABEL = "topology.kubernetes.io/rack";
export const POWER_DOMAIN_LABEL = "topology.kubernetes.io/power-domain";
const LABELS = [RACK_LABEL, POWER_DOMAIN_LABEL] as const;

/**
 * Spreads the tasks of a job over machines, racks and power domains (Borg paper, sections 3.2 and 4). For each of the three that the node
 * has, the score is 100 / (1 + pods of the job there already), and the mean of these counts: 100 where none of the job fails along with
 * the pod. A node in a rack with one other pod of the job, in a power domain with three: (100 + 50 + 25) / 3 = 58.3.
 */
export const jobSpreading: JobScorePlugin = {
	name: "job-spreading",
	summary: "Prefers machines, racks and power domains that have few pods of the job.",
	create: () => {
		const places = new JobPlaces();
		const domains = new Domains();
		return {
			forPod({ job }, snapshot): NodeScore | null {
				if (job.podCount === 1) return null;
				places.follow(snapshot);
				const there = places.of(job);
				return there.size === 0 ? null : domains.scoreFor(there, snapshot.nodes);
			},
		};
	},
};

/** Racks and power domains by number. */
class Domains {
	#nodes: NodeColumns | null = null;
	#shapes = -1;
	/** By label: domain of each node, 0 for none. */
	#of: Int32Array[] = [];
	/** By label: pods of the job at hand by domain. */
	#pods: Int32Array[] = [];

	scoreFor(places: ReadonlyMap<NodeId, number>, nodes: NodeColumns): NodeScore {
		this.#follow(nodes);
		const [racks, powers] = this.#of as [Int32Array, Int32Array];
		const [inRack, inPower] = this.#pods as [Int32Array, Int32Array];
		inRack.fill(0);
		inPower.fill(0);
		for (const [node, pods] of places) {
			inRack[racks[node]!]! += pods;
			inPower[powers[node]!]! += pods;
		}
		return (node) => {
			const rack = racks[node]!;
			const power = powers[node]!;
			let sum = 1 / (1 + (places.get(node) ?? 0));
			let levels = 1;
			if (rack > 0) {
				sum += 1 / (1 + inRack[rack]!);
				levels++;
			}
			if (power > 0) {
				sum += 1 / (1 + inPower[power]!);
				levels++;
			}
			return (100 * sum) / levels;
		};
	}

	/** Numbers the domains anew when nodes have come, gone or changed. */
	#follow(nodes: NodeColumns): void {
		if (this.#nodes === nodes && this.#shapes === nodes.shapes) return;
		this.#nodes = nodes;
		this.#shapes = nodes.shapes;
		const numbers = LABELS.map(() => new Map<string, number>());
		this.#of = LABELS.map((label, l) => {
			const of = new Int32Array(nodes.count);
			for (let n = 0; n < nodes.count; n++) {
				const name = nodes.specs[n]?.labels[label];
				if (name === undefined) continue;
				const known = numbers[l]!.get(name) ?? numbers[l]!.size + 1;
				numbers[l]!.set(name, known);
				of[n] = known;
			}
			return of;
		});
		this.#pods = numbers.map(({ size }) => new Int32Array(size + 1));
	}
}
