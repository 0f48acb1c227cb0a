/**
 * Where two runs part: both are made again from their manifests, event by event side by side, until their logs differ.
 */
import { ImportReport } from "../../workload/arrivals.js";
import { type Assembled, assemble } from "../assemble.js";
import type { RunPlan } from "../plan.js";
import { Simulation } from "../simulation.js";
import {
	type CountedDecision,
	countDecisions,
	type ExplainedDecision,
	explainDecision,
	firstDifference,
} from "./decisions.js";
import { eventLog } from "./event-log.js";
import { type RunManifest, readManifest } from "./manifest.js";
import { differences, type ManifestDifference } from "./manifest-difference.js";
import { type Moves, movedPods } from "./moved-pods.js";
import { remakePlan } from "./remake.js";

export interface DiffOptions {
	/** Lines shown before and after the runs part. */
	readonly context: number;
}

/** The first line at which two logs differ. */
export interface Parting {
	/** Events that both runs had fired before, and lines that both had written. */
	readonly events: number;
	readonly lines: number;
	/** The last common lines. */
	readonly before: readonly string[];
	/** What each run goes on with; empty for one that is at its end. */
	readonly left: readonly string[];
	readonly right: readonly string[];
	/** What each run's scheduler made of the nodes, where they part at decisions about one pod; null elsewhere. */
	readonly decisions: readonly [left: ExplainedDecision, right: ExplainedDecision] | null;
}

export interface RunDifference {
	/** Events of the runs, as far as they were made again. */
	readonly events: number;
	/** Null if both logs are the same to the end. */
	readonly parting: Parting | null;
	/** Where the pods of both were at the end; null unless both runs wrote the table `pods`. */
	readonly moves: Moves | null;
	/** What the manifests do not have in common. */
	readonly manifests: readonly ManifestDifference[];
	/** What makes the answer less sure: other code than that of the runs. */
	readonly warnings: readonly string[];
	/** Runs that did not come out as their manifest says: determinism is broken. */
	readonly faults: readonly string[];
}

/** Makes two runs again and compares them. InputError for a folder that is no run's, and for inputs gone or changed. */
export async function diffRuns(left: string, right: string, { context }: DiffOptions): Promise<RunDifference> {
	const manifests = [await readManifest(left), await readManifest(right)] as const;
	const warnings: string[] = [];
	const replays = [
		await Replay.start(left, manifests[0], warnings),
		await Replay.start(right, manifests[1], warnings),
	] as const;
	const parting = await findParting(replays, context);
	const faults = replays.flatMap((replay) => replay.faults());
	if (parting !== null && manifests[0].id === manifests[1].id)
		faults.push(`the runs are of one plan (${manifests[0].id}), yet they part`);
	for (const replay of replays) await replay.close();
	return {
		events: Math.min(replays[0].fired, replays[1].fired),
		parting,
		moves: await movedPods(left, right),
		manifests: differences(...manifests),
		warnings: [...new Set(warnings)],
		faults: [...new Set(faults)],
	};
}

async function findParting([left, right]: readonly [Replay, Replay], context: number): Promise<Parting | null> {
	const before: string[] = [];
	let lines = 0;
	for (let events = 0; ; events++) {
		const same = sameLines(left, right);
		for (const line of left.lines.slice(0, same)) {
			before.push(line);
			if (before.length > context) before.shift();
		}
		lines += same;
		if (same < Math.max(left.lines.length, right.lines.length)) {
			const common = Math.max(0, events - 1);
			const settled = [left.settled, right.settled] as const;
			const [ours, theirs] = [await left.next(same, context), await right.next(same, context)];
			const decisions = await explained([left.plan, right.plan], settled);
			return { events: common, lines, before, left: ours, right: theirs, decisions };
		}
		if (left.ended && right.ended) return null;
		left.forget();
		right.forget();
		await left.step();
		await right.step();
	}
}

/** Both decisions, asked about the nodes of both. */
async function explained(
	plans: readonly [RunPlan, RunPlan],
	[left, right]: readonly [CountedDecision | null, CountedDecision | null],
): Promise<Parting["decisions"]> {
	if (left === null || right === null) return null;
	const pod = firstDifference(left, right);
	if (pod === null) return null;
	const nodes = [left, right].flatMap((decision) => decision.nodes.get(pod) ?? []);
	const ours = await explainDecision(plans[0], left, pod, nodes);
	const theirs = await explainDecision(plans[1], right, pod, nodes);
	return ours === null || theirs === null ? null : [ours, theirs];
}

/** Number of lines of this event that are the same. */
function sameLines(left: Replay, right: Replay): number {
	const length = Math.min(left.lines.length, right.lines.length);
	for (let i = 0; i < length; i++) if (left.lines[i] !== right.lines[i]) return i;
	return length;
}

/** One run, made again step by step. */
class Replay {
	/** Lines of the log since they were last taken. */
	readonly lines: string[];
	readonly plan: RunPlan;
	ended = false;
	/** The process whose attempt was settled since; -1 for none. */
	#process = -1;
	readonly #decisionOf: (process: number) => CountedDecision | null;
	readonly #folder: string;
	readonly #manifest: RunManifest;
	readonly #simulation: Simulation;

	private constructor(folder: string, manifest: RunManifest, plan: RunPlan, assembled: Assembled) {
		this.#folder = folder;
		this.#manifest = manifest;
		this.plan = plan;
		this.lines = [];
		this.#decisionOf = countDecisions(assembled);
		const log = eventLog({ ...assembled, write: (line) => this.lines.push(line) });
		const watch: typeof log = (_engine, cell) =>
			cell.watch({
				attempted: ({ scheduler }) => {
					this.#process = scheduler;
				},
			});
		this.#simulation = new Simulation({ ...assembled, observers: [log, watch] });
	}

	static async start(folder: string, manifest: RunManifest, warnings: string[]): Promise<Replay> {
		const { plan, warning } = await remakePlan(folder, manifest);
		if (warning !== null) warnings.push(warning);
		return new Replay(folder, manifest, plan, await assemble(plan, new ImportReport()));
	}

	/** The decision that came into effect since; null if none did. */
	get settled(): CountedDecision | null {
		return this.#process < 0 ? null : this.#decisionOf(this.#process);
	}

	forget(): void {
		this.lines.length = 0;
		this.#process = -1;
	}

	get fired(): number {
		return this.#simulation.engine.fired;
	}

	async step(): Promise<void> {
		this.ended ||= !(await this.#simulation.step());
	}

	/** Lines from the `from`-th on: the first and `more` after it, fewer at the end of the run. */
	async next(from: number, more: number): Promise<readonly string[]> {
		while (!this.ended && this.lines.length <= from + more) await this.step();
		return this.lines.slice(from, from + more + 1);
	}

	/** A run made again to its end has the events and the digest that its manifest tells. */
	faults(): readonly string[] {
		if (!this.ended) return [];
		const { engine } = this.#simulation;
		const { digest, events } = this.#manifest;
		const made = engine.digest.hex();
		if (made === digest && engine.fired === events) return [];
		return [
			`'${this.#folder}' made again has digest ${made} after ${engine.fired} events; its manifest says ${digest} after ${events}`,
		];
	}

	async close(): Promise<void> {
		await this.#simulation.close();
	}
}
