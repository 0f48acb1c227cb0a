/**
 * Swarm's placement preferences: nodes are the leaves of a tree, whose branches are the values of a label at each level, and a task goes at
 * each level to the branch with the fewest tasks of its service among those where there is a node for it. Nodes without the label are one
 * branch. Source: SwarmKit manager/scheduler (nodeset.go, decision_tree.go, scheduler.go: scheduleNTasksOnSubtree).
 *
 * Divergence from SwarmKit: one task after the other, where SwarmKit deals the waiting tasks of a service out at once, up to the same number
 * for each branch: from uneven branches, with few tasks, it may give all of them to one of several that lack some. Among equal branches the
 * one whose first node was added first; SwarmKit takes them in no order. Its first releases counted no tasks in branches of the last level.
 */
import type { NodeId } from "../../cell/ids.js";
import { type NodeColumns, TouchCursor } from "../../cell/node-columns.js";
import type { PodClass } from "../../objects/pod-class.js";
import type { JobScorePlugin, NodeScore } from "../job-score.js";
import { serviceOf, tasksOfService } from "./service-spread.js";

/** The best branch of the last level is worth 100, the others less, in equal steps. */
export const placementPreferences: JobScorePlugin = {
	name: "placement-preferences",
	summary:
		"Prefers nodes by the values of labels with fewest tasks of the service, level by level, as Swarm from 17.04 on.",
	create: () => {
		const tasks = new TaskCounts();
		const trees = new Map<string, SpreadTree>();
		return {
			forPod({ podClass }, snapshot): NodeScore | null {
				const spread = podClass.spec.facts.placement?.spread ?? [];
				if (spread.length === 0) return null;
				snapshot.trackPods();
				const { nodes } = snapshot;
				const key = spread.join("\n");
				const tree = trees.get(key) ?? new SpreadTree(spread);
				trees.set(key, tree);
				return tree.scores(nodes, tasks.of(podClass, nodes));
			},
		};
	},
};

/** Tasks by node, of each service that was asked for. */
class TaskCounts {
	#nodes: NodeColumns | null = null;
	readonly #known = new Map<string, { counts: Int32Array; readonly cursor: TouchCursor }>();

	of(pod: PodClass, nodes: NodeColumns): Int32Array {
		if (this.#nodes !== nodes) this.#known.clear();
		this.#nodes = nodes;
		const service = serviceOf(pod) ?? "";
		let known = this.#known.get(service);
		if (known === undefined || known.counts.length < nodes.count) {
			known = { counts: new Int32Array(nodes.ready.length), cursor: new TouchCursor() };
			this.#known.set(service, known);
		}
		const { counts, cursor } = known;
		nodes.visitTouched(cursor, (node) => {
			counts[node] = tasksOfService(pod, nodes.view(node));
		});
		return counts;
	}
}

interface Branch {
	/** As branches of its level appeared. */
	readonly number: number;
	readonly next: Map<string, Branch>;
	tasks: number;
}

/** The tree of one list of labels. */
class SpreadTree {
	readonly #labels: readonly string[];
	#nodes: NodeColumns | null = null;
	#shapes = -1;
	/** Every branch of the last level with those above it, outermost first; and for each node which of them is its own. */
	#paths: readonly (readonly Branch[])[] = [];
	#pathOf = new Int32Array(0);

	constructor(labels: readonly string[]) {
		this.#labels = labels;
	}

	scores(nodes: NodeColumns, tasks: Int32Array): NodeScore {
		this.#follow(nodes);
		const paths = this.#paths;
		for (const path of paths) for (const branch of path) branch.tasks = 0;
		for (let n = 0; n < nodes.count; n++)
			if (tasks[n]! > 0) for (const branch of paths[this.#pathOf[n]!]!) branch.tasks += tasks[n]!;
		const ranks = new Float64Array(paths.length);
		[...paths.keys()]
			.sort((a, b) => comparePaths(paths[a]!, paths[b]!))
			.forEach((path, rank) => {
				ranks[path] = 100 * (1 - rank / paths.length);
			});
		return (node: NodeId) => ranks[this.#pathOf[node]!]!;
	}

	/** Grows anew when nodes have come, gone or changed. */
	#follow(nodes: NodeColumns): void {
		if (this.#nodes === nodes && this.#shapes === nodes.shapes) return;
		this.#nodes = nodes;
		this.#shapes = nodes.shapes;
		const root: Branch = { number: 0, next: new Map(), tasks: 0 };
		const numbers = new Map<Branch, number>();
		const paths: Branch[][] = [];
		this.#pathOf = new Int32Array(nodes.count);
		for (let n = 0; n < nodes.count; n++) {
			const path: Branch[] = [];
			for (const label of this.#labels) {
				const { next } = path.at(-1) ?? root;
				const value = nodes.specs[n]?.labels[label] ?? "";
				const branch = next.get(value) ?? { number: next.size, next: new Map(), tasks: 0 };
				next.set(value, branch);
				path.push(branch);
			}
			const leaf = path.at(-1)!;
			if (!numbers.has(leaf)) {
				numbers.set(leaf, paths.length);
				paths.push(path);
			}
			this.#pathOf[n] = numbers.get(leaf)!;
		}
		this.#paths = paths;
	}
}

/** The one whose branches have fewer tasks first, outer levels before inner ones. */
function comparePaths(a: readonly Branch[], b: readonly Branch[]): number {
	for (let level = 0; level < a.length; level++) {
		const order = a[level]!.tasks - b[level]!.tasks || a[level]!.number - b[level]!.number;
		if (order !== 0) return order;
	}
	return 0;
}
