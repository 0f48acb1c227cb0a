/**
 * A checkpoint of a cell, as compaction packs it (Verma et al., "Large-scale cluster management at Google with Borg", EuroSys 2015,
 * section 5.1): its machines, and the jobs that run in it, all there at once and for ever.
 *
 * As there, tasks bound to one machine are left out, and what constrains a job of more tasks than half the machines becomes a wish.
 *
 * Divergence from Borg: the paper takes what ran at an instant. Here it is what was submitted, or what would run at an instant if
 * every task had started when it was submitted.
 */

import { Cell } from "../../cell/cell.js";
import { ALLOC_SET } from "../../objects/alloc.js";
import type { JobArrival, PodArrival } from "../../objects/arrival.js";
import type { NodeSpec, PodFacts, PodSpec } from "../../objects/spec.js";
import type { Assembled } from "../assemble.js";
import { withoutHardConstraints } from "./soft-constraints.js";

export interface Checkpoint {
	readonly nodes: readonly NodeSpec[];
	/** All at time 0, with run times of for ever. */
	readonly jobs: readonly JobArrival[];
	/** Tasks left out because they name their one machine. */
	readonly machineBound: number;
	/** Tasks left out because they run in allocs: the allocs are packed, and have room for them. */
	readonly inAllocs: number;
}

/** Reads the cell of a run. `atUs` keeps the tasks of one instant; undefined keeps all. */
export async function checkpointOf(assembled: Assembled, atUs: number | undefined): Promise<Checkpoint> {
	const { offered, counted } = overcommitted(assembled);
	const nodes = assembled.nodes.map(offered);
	const jobs: JobArrival[] = [];
	let machineBound = 0;
	let inAllocs = 0;
	for await (const job of submitted(assembled)) {
		const alive = job.pods.filter(({ durationUs }) => atUs === undefined || runsAt(job.timeUs, durationUs, atUs));
		const free = alive.filter(({ spec }) => !namesOneMachine(spec.facts));
		const pods = free.filter(({ spec }) => spec.facts.nodeSelector[ALLOC_SET] === undefined);
		machineBound += alive.length - free.length;
		inAllocs += free.length - pods.length;
		if (pods.length === 0) continue;
		const soft = 2 * job.pods.length > nodes.length ? withoutHardConstraints : (spec: PodSpec) => spec;
		jobs.push({
			timeUs: 0,
			name: job.name,
			gang: job.gang,
			pods: pods.map((pod) => forEver(pod, counted(soft(pod.spec)))),
		});
	}
	return { nodes, jobs, machineBound, inAllocs };
}

async function* submitted({ prefill = [], arrivals }: Assembled): AsyncGenerator<JobArrival> {
	for (const { job } of prefill) yield { ...job, timeUs: 0 };
	for await (const batch of arrivals) yield* batch;
}

function runsAt(timeUs: number, durationUs: number, atUs: number): boolean {
	return timeUs <= atUs && atUs < timeUs + durationUs;
}

function forEver(pod: PodArrival, spec: PodSpec): PodArrival {
	const { usage: _, ...rest } = pod;
	return { ...rest, spec, durationUs: Number.POSITIVE_INFINITY };
}

/** What an overcommit policy says before it has seen anything: pods and nodes as they count for it. */
function overcommitted({ overcommit, random }: Assembled) {
	const policy = overcommit?.({ cell: new Cell({ nowUs: 0 }), random: random.stream("node/overcommit") });
	const charged = new Map<PodSpec, PodSpec>();
	return {
		offered: (node: NodeSpec): NodeSpec =>
			policy?.offer === undefined ? node : { ...node, allocatable: policy.offer(node) },
		counted: (spec: PodSpec): PodSpec => {
			if (policy?.charge === undefined) return spec;
			let known = charged.get(spec);
			if (known === undefined) charged.set(spec, (known = { ...spec, requests: policy.charge(spec) }));
			return known;
		},
	};
}

const HOSTNAME = "kubernetes.io/hostname";

/** Whether a pod can be on one machine only because it names it: a daemon's, or one with a node of its own. */
function namesOneMachine({ nodeName, nodeSelector, requiredNodeTerms }: PodFacts): boolean {
	if (nodeName !== null || nodeSelector[HOSTNAME] !== undefined) return true;
	if (requiredNodeTerms === null || requiredNodeTerms.length !== 1) return false;
	const [{ matchFields, matchExpressions }] = requiredNodeTerms as [(typeof requiredNodeTerms)[number]];
	const one = ({ operator, values }: (typeof matchFields)[number]) => operator === "In" && values.length === 1;
	return matchFields.some(one) || matchExpressions.some((part) => part.key === HOSTNAME && one(part));
}
