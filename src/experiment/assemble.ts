/** From a run's plan to a simulation: opens traces, makes nodes, names schedulers. */
import type { Cell } from "../cell/cell.js";
import { type RandomSource, SeededRandomSource } from "../engine/random.js";
import { recommenders } from "../node/autoscaling/index.js";
import type { Fault } from "../node/faults.js";
import { machinesOf } from "../node/machine/machine-agent.js";
import { overcommitPolicies } from "../node/overcommit/index.js";
import type { OvercommitContext } from "../node/overcommit/policy.js";
import { clusterObjectsOf } from "../objects/cluster-manifests.js";
import { InputError } from "../objects/input-error.js";
import { nodeFromTemplate } from "../objects/node.js";
import { containsLabels } from "../objects/selector.js";
import type { NodeSpec } from "../objects/spec.js";
import { QuotaAdmission } from "../scheduling/admission/quota.js";
import type { NamedProcess } from "../scheduling/architecture.js";
import { architectures } from "../scheduling/architectures/index.js";
import { elasticPolicies } from "../scheduling/elastic-policies.js";
import { queueOrders } from "../scheduling/queue-orders.js";
import type { Scheduler } from "../scheduling/scheduler.js";
import type { DecisionTime } from "../scheduling/scheduler-process.js";
import { schedulers } from "../scheduling/schedulers/index.js";
import type { QueueOptions } from "../scheduling/waiting-room.js";
import type { ArrivalStream, FoundObject, ImportReport, OpenedTrace, RunningJob } from "../workload/arrivals.js";
import { traceFormats } from "../workload/formats/index.js";
import { mergeStreams } from "../workload/merge.js";
import { syntheticJobs } from "../workload/synthetic/generate.js";
import { controlPlaneOf } from "./control.js";
import { ownControllers } from "./controller-file.js";
import { failureOptions } from "./failure-options.js";
import type { ComponentReference } from "./file/component.js";
import { type DeclaredObjects, declaredObjects } from "./file/declared-objects.js";
import { expandItem } from "./file/substitute.js";
import type { RunPlan } from "./plan.js";
import { prefilled } from "./prefill.js";
import { quotasOf } from "./quotas.js";
import { type Spec, specOf } from "./registries.js";
import { placedJobs } from "./running.js";
import { importScheduler } from "./scheduler-file.js";
import type { SchedulerOptions, SimulationOptions } from "./simulation.js";
import { trafficOf } from "./traffic.js";
import { fileParams } from "./user-file.js";

/** What a plan becomes. Who looks on is left to the caller. */
export type Assembled = Omit<SimulationOptions, "observers"> & { readonly spec: Spec };

/** Makes everything a simulation needs. InputError for what only shows now: unreadable rows, names used twice. */
export async function assemble(plan: RunPlan, report: ImportReport): Promise<Assembled> {
	const spec = specOf(plan.document);
	const declared = declaredObjects(plan.kubernetes, report);
	const random = new SeededRandomSource(plan.seed);
	const endUs = spec.clock.end ?? Number.POSITIVE_INFINITY;
	const nodes = await nodesOf(spec, plan, declared, report);
	const streams: ArrivalStream[] = [];
	const names: string[] = [];
	const objects: FoundObject[] = spec.cluster.source ? [...(open(spec.cluster.source, plan).objects?.() ?? [])] : [];
	const running: RunningJob[] = [...declared.running];
	for (const workload of spec.workloads) {
		names.push(workload.name);
		if ("source" in workload) {
			const trace = open(workload.source, plan);
			const known = new Set(objects.map(({ file }) => file));
			objects.push(...(trace.objects?.() ?? []).filter(({ file }) => !known.has(file)));
			running.push(...(trace.running?.(report) ?? []));
			streams.push(trace.jobs(report));
		} else streams.push(syntheticJobs(workload, { random, endUs, priorityClasses: declared.priorityClasses, report }));
	}
	if (declared.jobs.length > 0) {
		streams.push([declared.jobs]);
		names.push("pods in the experiment file");
	}
	const { architecture, queue } = spec.scheduling;
	const definition = architectures.all.get(architecture.name)!;
	const quotas = quotasOf(spec);
	const { prefill } = spec.cluster;
	const { priorityClasses } = declared;
	const placed = placedJobs(nodes, running);
	const filled = prefill ? prefilled(spec, prefill, { nodes, running: placed, random, report, priorityClasses }) : null;
	return {
		spec,
		random,
		nodes,
		objects: clusterObjectsOf([...declared.objects, ...objects.map(({ object }) => object)]),
		prefill: filled === null ? placed : { [Symbol.iterator]: () => both(placed, filled) },
		arrivals: mergeStreams(streams, names),
		architecture: (context) => definition.create(architecture.params, context),
		schedulers: await makeSchedulers(spec, plan),
		queue: queueOf(queue),
		admission: quotas === null ? null : (cell: Cell) => new QuotaAdmission(cell, quotas),
		...nodeOptions(spec.node),
		faults: spec.faults.flatMap(faultOf),
		controlPlane: controlPlaneOf(spec, plan.kubernetes, {
			priorityClasses,
			random,
			own: await ownControllers(spec, plan, random),
		}),
		traffic: trafficOf(spec, random, endUs),
		failures: spec.failures ? failureOptions(spec.failures) : null,
		allocs: spec.workloads.some((workload) => !("source" in workload) && workload.sim.allocSet !== undefined),
		endUs,
	};
}

/** What happens on machines, and what is offered of them. */
function nodeOptions({
	startDelay,
	runtime,
	onLoss,
	termination,
	load,
	machine,
	overcommit,
	verticalAutoscaler,
}: Spec["node"]) {
	return {
		startDelayUs: startDelay === 0 ? null : startDelay,
		...(runtime && {
			runtime: { atOnce: runtime.atOnce, baseUs: runtime.start, perContainerUs: runtime.perContainer },
		}),
		onLoss,
		termination: termination === undefined ? null : { ...termination, takesUs: termination.takes },
		machine: machine === undefined ? null : machinesOf(machine),
		verticalAutoscaler: verticalAutoscaler
			? recommenders.all.get(verticalAutoscaler.name)!.create(verticalAutoscaler.params)
			: null,
		...(overcommit && {
			overcommit: (context: OvercommitContext) =>
				overcommitPolicies.all.get(overcommit.name)!.create(overcommit.params, context),
		}),
		...(load && { load: { periodUs: load.every, windowUs: load.window } }),
	};
}

/**
 * The nodes of a run, in order. InputError: nodes that cannot be read, and names used twice.
 */
export async function nodesOf(
	spec: Spec,
	plan: Pick<RunPlan, "baseDirs" | "seed">,
	declared: Pick<DeclaredObjects, "nodes">,
	report: ImportReport,
): Promise<readonly NodeSpec[]> {
	const nodes = [...declared.nodes, ...spec.cluster.nodeGroups.flatMap(nodesOfGroup)];
	if (spec.cluster.source) nodes.push(...(await open(spec.cluster.source, plan).nodes(report)));
	refuseRepeatedNodes(nodes);
	return nodes;
}

function queueOf({ discipline, order, backoff, retry, giveUp }: Spec["scheduling"]["queue"]): QueueOptions {
	return {
		discipline,
		order: () => queueOrders.all.get(order.name)!.create(),
		backoff: { initialUs: backoff.initial, maxUs: Math.max(backoff.initial, backoff.max) },
		retry: { place: retry.place, afterConflictUs: retry.afterConflict, afterNoRoomUs: retry.afterNoRoom ?? null },
		giveUp: {
			attempts: giveUp.attempts ?? Number.POSITIVE_INFINITY,
			vainAttempts: giveUp.vainAttempts ?? Number.POSITIVE_INFINITY,
		},
	};
}

function* both<Thing>(first: Iterable<Thing>, second: Iterable<Thing>): Generator<Thing> {
	yield* first;
	yield* second;
}

/** The traces that a spec names, cluster first. */
export function openTraces(spec: Spec, plan: Pick<RunPlan, "baseDirs" | "seed">): readonly OpenedTrace[] {
	const traces = spec.cluster.source ? [open(spec.cluster.source, plan)] : [];
	for (const workload of spec.workloads) if ("source" in workload) traces.push(open(workload.source, plan));
	return traces;
}

function open(source: ComponentReference, { baseDirs, seed }: Pick<RunPlan, "baseDirs" | "seed">): OpenedTrace {
	return traceFormats.all.get(source.name)!.create(source.params, { baseDirs, random: new SeededRandomSource(seed) });
}

type NodeGroup = Spec["cluster"]["nodeGroups"][number];

/** The nodes of a group; names and metadata may use `item`. */
export function nodesOfGroup({ name, count, template, gpu, price }: NodeGroup): NodeSpec[] {
	return Array.from({ length: count }, (_, index) => {
		const item = { index, count };
		const expanded = String(expandItem(name, item));
		const nodeName = expanded === name ? `${name}-${index}` : expanded;
		const metadata = expandItem(template.metadata, item) as typeof template.metadata;
		const made = nodeFromTemplate({ ...template, metadata }, nodeName);
		const node = price === undefined ? made : { ...made, price };
		return gpu === undefined ? node : { ...node, gpu };
	});
}

function refuseRepeatedNodes(nodes: readonly NodeSpec[]): void {
	const names = new Set<string>();
	for (const { name } of nodes) {
		if (names.has(name))
			throw new InputError(`two nodes are named '${name}': rename a node group, or use \${{ item.index }} in its name`);
		names.add(name);
	}
}

/** The scheduler processes, in order of their index; replicas are main-0, main-1, ... */
export function namedProcesses(spec: Spec): readonly NamedProcess[] {
	return spec.scheduling.schedulers.flatMap((entry) => namesOf(entry).map((name) => ({ name, entry: entry.name })));
}

function namesOf({ name, replicas }: Spec["scheduling"]["schedulers"][number]): readonly string[] {
	return replicas === 1 ? [name] : Array.from({ length: replicas }, (_, replica) => `${name}-${replica}`);
}

/** One entry per process. */
export async function makeSchedulers(spec: Spec, plan: RunPlan): Promise<SchedulerOptions[]> {
	const made: SchedulerOptions[] = [];
	for (const entry of spec.scheduling.schedulers) {
		const { scheduler } = entry;
		const sees = seenBy(entry, new SeededRandomSource(plan.seed));
		for (const name of namesOf(entry)) {
			made.push({
				name,
				entry: entry.name,
				classes: entry.classes ?? null,
				spread: entry.spread,
				sees,
				policy: scheduler.path ?? scheduler.name,
				scheduler: await makeScheduler(scheduler, plan),
				decisionTime: decisionTimeOf(entry),
				elastic: elasticPolicies.all.get(entry.elastic.name)!.create(entry.elastic.params),
			});
		}
	}
	return made;
}

type SchedulerEntry = Spec["scheduling"]["schedulers"][number];

function decisionTimeOf({ decisionTime: { perJob, perPod, byClass } }: SchedulerEntry): DecisionTime {
	const classes = Object.entries(byClass).map(
		([className, cost]) => [className, { perJobUs: cost.perJob, perPodUs: cost.perPod }] as const,
	);
	return { perJobUs: perJob, perPodUs: perPod, byClass: new Map(classes) };
}

/** Which nodes an entry may use. Whether a node is excluded is drawn by its name, so that other nodes do not shift it. */
function seenBy({ name, excludedNodes }: SchedulerEntry, random: RandomSource): ((node: NodeSpec) => boolean) | null {
	if (excludedNodes === undefined) return null;
	if ("matchLabels" in excludedNodes) return ({ labels }) => !containsLabels(labels, excludedNodes.matchLabels);
	return (node) => random.stream(`scheduler/${name}/excluded/${node.name}`).next() >= excludedNodes.fraction;
}

async function makeScheduler({ name, path, params }: ComponentReference, plan: RunPlan): Promise<Scheduler> {
	if (path === null) return schedulers.all.get(name)!.create(params);
	const bundled = plan.schedulers.find((scheduler) => scheduler.path === path)!;
	const definition = await importScheduler(bundled);
	return definition.create(fileParams("scheduler", definition, path, params));
}

/** Of one that is about the control plane: nothing. */
function faultOf(fault: Spec["faults"][number]): readonly Fault[] {
	const atUs = fault.at;
	if (fault.action === "fail-plane" || fault.action === "recover-plane") return [];
	if (fault.action === "add") return [{ atUs, action: "add", nodes: nodesOfGroup(fault.nodeGroup) }];
	if (fault.action === "delete") {
		const { matchLabels } = fault.pods;
		return [{ atUs, action: "delete", selects: ({ labels }) => containsLabels(labels, matchLabels) }];
	}
	const names = new Set(fault.nodes);
	const wanted = fault.select?.matchLabels;
	return [
		{
			atUs,
			action: fault.action,
			selects: ({ name, labels }) => (wanted ? containsLabels(labels, wanted) : names.has(name)),
		},
	];
}
