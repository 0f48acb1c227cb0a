/** Rules between the parts of an experiment that the schema of no part can know. */
import { orchestrators } from "../control/orchestrators/index.js";
import { MANAGER, PLANE_COMPONENTS } from "../control/plane-components.js";
import { hasResidualLife } from "../engine/residual-life.js";
import { overcommitPolicies } from "../node/overcommit/index.js";
import type { Mistake } from "../objects/issues.js";
import { isMap, type PlainMap, valueAt } from "../objects/plain-data.js";
import { type PriorityClass, problemOfPriority } from "../objects/priority-class.js";
import { suggest } from "../objects/suggest.js";
import { architectures } from "../scheduling/architectures/index.js";
import type { KubernetesConfiguration } from "../scheduling/kubernetes/configuration.js";
import type { Profile } from "../scheduling/kubernetes/profile.js";
import { neverEnds } from "../workload/synthetic/generate.js";
import { needsMachine } from "../workload/synthetic/usage.js";
import { namedProcesses } from "./assemble.js";
import { failuresWithoutEnd, unfitAllocs } from "./failure-rules.js";
import { broughtGroups } from "./file/brings-nodes.js";
import { controlObjects } from "./file/control-objects.js";
import type { RunRules } from "./file/resolve.js";
import { orchestrationMistakes } from "./orchestration-rules.js";
import type { Spec } from "./registries.js";
import { trafficMistakes } from "./traffic.js";

/** The rules of a run in a file that declares `priorityClasses`, among other Kubernetes `documents`. */
export function runRules(
	priorityClasses: readonly PriorityClass[],
	documents: readonly unknown[] = [],
): RunRules<Spec> {
	return (raw, spec) => [
		...syntheticWorkloads(raw).flatMap(({ workload, path }) => [
			...unknownPriority(workload, path, priorityClasses),
			...endlessness(workload, path, raw),
		]),
		...(spec === null
			? []
			: [
					...refusedProcesses(spec),
					...repeatedProcesses(spec),
					...repeatedClasses(spec),
					...unfitForPrefill(spec),
					...unfitForKubernetesQueue(spec),
					...unfitOrder(spec),
					...workWithoutMachine(spec),
					...usageWithoutMachine(spec),
					...groupsWithoutQueue(spec),
					...failuresWithoutEnd(spec),
					...unfitAllocs(spec),
					...orchestrationMistakes(spec, controlledKinds(documents)),
					...controllersWithoutControl(spec),
					...unfitPlaneFaults(spec),
					...trafficMistakes(spec, documents),
					...unfitBroughtNodes(spec),
				]),
	];
}

function controlledKinds(documents: readonly unknown[]): readonly string[] {
	return controlObjects(documents).map(({ object }) => String(object["kind"]));
}

/** They would have no API server to talk to. */
function controllersWithoutControl({ controllers, orchestrator }: Spec): readonly Mistake[] {
	if (controllers.length === 0 || orchestrator !== undefined) return [];
	const message = "controllers work beside those of an orchestrator: add spec.orchestrator: kubernetes";
	return [{ path: ["spec", "controllers"], at: "key", message }];
}

/** Whose plane would fail, and which part of it. */
function unfitPlaneFaults({ faults, orchestrator }: Spec): readonly Mistake[] {
	const parts = (orchestrator && orchestrators.all.get(orchestrator.name)!.parts) ?? PLANE_COMPONENTS;
	const managers = parts.includes(MANAGER);
	return faults.flatMap((fault, i): Mistake[] => {
		if (fault.action !== "fail-plane" && fault.action !== "recover-plane") return [];
		if (orchestrator === undefined) {
			const message = "there is no control plane: add spec.orchestrator: kubernetes";
			return [{ path: ["spec", "faults", i, "action"], at: "value", message }];
		}
		if (fault.component === undefined || parts.includes(fault.component)) return [];
		const message = managers
			? `the managers of ${orchestrator.name} fail as a whole: leave component out, or write ${MANAGER}`
			: `${orchestrator.name} has no ${fault.component}s: expected ${parts.join(", ")}`;
		return [{ path: ["spec", "faults", i, "component"], at: "value", message }];
	});
}

/** Nodes that come during the run: their names must be free, and nobody overcommits them. */
function unfitBroughtNodes({ orchestrator, cluster, node }: Spec): readonly Mistake[] {
	const groups = broughtGroups(orchestrator);
	const names = [...cluster.nodeGroups, ...groups].map(({ name }) => name);
	const taken = groups.flatMap(({ name, path }): Mistake[] => {
		if (names.indexOf(name) === names.lastIndexOf(name)) return [];
		const message = `other nodes are called ${name}-0, ${name}-1, ...: choose another name`;
		return [{ path: ["spec", "orchestrator", ...path], at: "value", message }];
	});
	if (groups.length === 0 || node.overcommit === undefined) return taken;
	const message = `nodes that ${String(groups[0]!.path[0])} brings offer what they have: leave overcommit out`;
	return [...taken, { path: ["spec", "node", "overcommit"], at: "key", message }];
}

/** What only a full machine can make something of would be ignored in silence. */
function workWithoutMachine({ workloads, node }: Spec): readonly Mistake[] {
	if (node.machine !== undefined) return [];
	return workloads.flatMap((workload, i) => {
		if ("source" in workload || workload.sim.usage === undefined || !needsMachine(workload.sim.usage)) return [];
		const message =
			"usage over time, threads, work and startup need machines in full: add spec.node.machine ({} for the defaults)";
		return [{ path: ["spec", "workloads", i, "sim", "usage"], at: "key", message }];
	});
}

function usageWithoutMachine({ node: { machine, overcommit, verticalAutoscaler } }: Spec): readonly Mistake[] {
	if (machine !== undefined) return [];
	const refuse = (key: string, what: string): Mistake => ({
		path: ["spec", "node", key],
		at: "key",
		message: `${what} looks at usage, which only machines in full have: add spec.node.machine ({} for the defaults)`,
	});
	const readsUsage = overcommit !== undefined && overcommitPolicies.all.get(overcommit.name)!.readsUsage;
	return [
		...(readsUsage ? [refuse("overcommit", `overcommit policy '${overcommit.name}'`)] : []),
		...(verticalAutoscaler ? [refuse("verticalAutoscaler", `recommender '${verticalAutoscaler.name}'`)] : []),
	];
}

interface Found {
	readonly workload: PlainMap;
	readonly path: readonly PropertyKey[];
}

/** Those of the document as it was written: whatever else is wrong, their mistakes come with all others. */
function syntheticWorkloads(raw: PlainMap): readonly Found[] {
	const workloads = valueAt(raw, ["spec", "workloads"]);
	if (!Array.isArray(workloads)) return [];
	return workloads.flatMap((workload: unknown, i) =>
		isMap(workload) && workload["source"] === undefined ? [{ workload, path: ["spec", "workloads", i] }] : [],
	);
}

function unknownPriority(
	workload: PlainMap,
	path: readonly PropertyKey[],
	classes: readonly PriorityClass[],
): readonly Mistake[] {
	const inside = ["template", "spec", "priorityClassName"];
	const name = valueAt(workload, inside);
	if (typeof name !== "string" || name === "") return [];
	const explicit = valueAt(workload, ["template", "spec", "priority"]) ?? null;
	const message = problemOfPriority(name, explicit === null ? null : Number(explicit), classes);
	return message === null ? [] : [{ path: [...path, ...inside], at: "value", message }];
}

function endlessness(workload: PlainMap, path: readonly PropertyKey[], raw: PlainMap): readonly Mistake[] {
	const given = (key: string) => (workload[key] ?? null) !== null;
	// Arrivals at one instant need a count, and say so themselves.
	const bounded = given("count") || given("until") || valueAt(workload, ["arrival", "at"]) !== undefined;
	if (bounded || !given("arrival") || (valueAt(raw, ["spec", "clock", "end"]) ?? null) !== null) return [];
	return [{ path, at: "key", message: neverEnds(String(workload["name"])) }];
}

/** How many schedulers an architecture takes is its own matter. */
function refusedProcesses(spec: Spec): readonly Mistake[] {
	const { architecture } = spec.scheduling;
	const { refuses } = architectures.all.get(architecture.name)!;
	const processes = namedProcesses(spec);
	const message =
		processes.length === 0
			? "every scheduler has 0 replicas: nobody would place a pod"
			: (refuses?.(architecture.params as never, processes) ?? null);
	return message === null ? [] : [{ path: ["spec", "scheduling", "schedulers"], at: "key", message }];
}

/** Replicas are called main-0, main-1, ...: another entry must not take such a name, which names random streams. */
function repeatedProcesses(spec: Spec): readonly Mistake[] {
	const owners = new Map<string, string>();
	for (const { name, entry } of namedProcesses(spec)) {
		const other = owners.get(name);
		if (other !== undefined && other !== entry) {
			const i = spec.scheduling.schedulers.findIndex((scheduler) => scheduler.name === entry);
			const message = `the name '${name}' is also that of a process of '${other}'`;
			return [{ path: ["spec", "scheduling", "schedulers", i, "name"], at: "value", message }];
		}
		owners.set(name, entry);
	}
	return [];
}

/** A class goes to the first entry that names it, so that a second one would wait for ever. */
function repeatedClasses({ scheduling: { schedulers } }: Spec): readonly Mistake[] {
	const owners = new Map<string, string>();
	return schedulers.flatMap(({ name, classes = [], replicas }, i) =>
		classes.flatMap((className, c): Mistake[] => {
			const owner = owners.get(className);
			if (owner === undefined && replicas > 0) owners.set(className, name);
			if (owner === undefined || replicas === 0) return [];
			const message = `jobs of class '${className}' go to scheduler '${owner}' already`;
			return [{ path: ["spec", "scheduling", "schedulers", i, "classes", c], at: "value", message }];
		}),
	);
}

const QUEUE_ARCHITECTURES = ["monolithic", "static-partition", "shared-state"];

/** The queue of kube-scheduler tries pods again every five minutes, for ever, and goes by the reasons of that scheduler's plugins. */
function unfitForKubernetesQueue({ scheduling, clock }: Spec): readonly Mistake[] {
	const { queue, schedulers, architecture } = scheduling;
	if (queue.discipline !== "kubernetes") return [];
	const { backoff, retry } = queue;
	const problems = [
		schedulers.some(({ scheduler }) => scheduler.name !== "kube-scheduler" || scheduler.path !== null) &&
			"kubernetes is the queue of the scheduler kube-scheduler: no other can have it",
		!QUEUE_ARCHITECTURES.includes(architecture.name) &&
			`the queue of kube-scheduler goes with the architectures ${QUEUE_ARCHITECTURES.join(", ")}`,
		(backoff.initial > 0 || retry.afterConflict > 0 || retry.afterNoRoom !== undefined || retry.place !== "own") &&
			"the queue of kube-scheduler has a backoff of its own (podInitialBackoffSeconds of its configuration): leave backoff and retry out",
		clock.end === undefined &&
			"the queue of kube-scheduler tries pods again for ever: give the experiment an end (clock.end)",
	];
	const path = ["spec", "scheduling", "queue", "discipline"];
	return problems.flatMap((message) => (message === false ? [] : [{ path, at: "value" as const, message }]));
}

const OTHER_QUEUES = ["sparrow", "hawk", "omega-simulator"];

/** An order that nobody goes by would be ignored in silence. */
function unfitOrder({ scheduling: { queue, architecture } }: Spec): readonly Mistake[] {
	const { discipline, order } = queue;
	const problems = [
		discipline === "kubernetes" &&
			order.name !== "priority" &&
			"the queue of kube-scheduler has an order of its own (queueSort of its profiles): leave order out",
		discipline === "strict" &&
			order.name === "users-in-turn" &&
			"users cannot take turns where everyone waits behind the first: write discipline: skip",
		OTHER_QUEUES.includes(architecture.name) &&
			order.name !== "priority" &&
			`under the architecture ${architecture.name} jobs wait in queues that have no other order: leave order out`,
	];
	const path = ["spec", "scheduling", "queue", "order"];
	return problems.flatMap((message) => (message === false ? [] : [{ path, at: "value" as const, message }]));
}

/** Pods that wait for the rest of their group are given back by the queue of kube-scheduler, and sorted by it. */
function groupsWithoutQueue({ scheduling: { queue, schedulers }, cluster: { prefill } }: Spec): readonly Mistake[] {
	const groupedBy = ({ name, params }: { readonly name: string; readonly params: unknown }) =>
		name === "kube-scheduler" ? profilesOf(params).flatMap(({ permits }) => permits)[0]?.name : undefined;
	const mistakes: Mistake[] = schedulers.flatMap(({ scheduler }, i) => {
		const plugin = groupedBy(scheduler);
		if (queue.discipline === "kubernetes" || plugin === undefined) return [];
		const message = `${plugin} needs the queue of kube-scheduler: write queue: {discipline: kubernetes}`;
		return [{ path: ["spec", "scheduling", "schedulers", i, "scheduler"], at: "value", message }];
	});
	const plugin = prefill === undefined ? undefined : groupedBy(prefill.placement);
	if (plugin === undefined) return mistakes;
	const message = `a cell cannot be filled by groups of pods that wait for each other: leave ${plugin} out here`;
	return [...mistakes, { path: ["spec", "cluster", "prefill", "placement"], at: "value", message }];
}

function profilesOf(params: unknown): readonly Profile[] {
	const { configuration } = params as { readonly configuration?: KubernetesConfiguration | string };
	return typeof configuration === "object" ? configuration.profiles : [];
}

/** A cell is filled from generated workloads of the file; what is left of a run time must be something that can be drawn. */
function unfitForPrefill({ cluster: { prefill }, workloads }: Spec): readonly Mistake[] {
	if (prefill === undefined) return [];
	const generated = workloads.flatMap((workload) => ("source" in workload ? [] : [workload]));
	return prefill.workloads.flatMap(({ name }, i): Mistake[] => {
		const path = ["spec", "cluster", "prefill", "workloads", i];
		const workload = generated.find((other) => other.name === name);
		if (workload === undefined) {
			const names = generated.map((other) => other.name);
			const hint = suggest(name, names, "generated workloads");
			const message = `'${name}' is not a generated workload of this file`;
			return [{ path, at: "value", message, ...(hint === undefined ? {} : { hint }) }];
		}
		const { duration, shapes = [] } = workload.sim;
		const runTimes = [duration, ...shapes.map((shape) => shape.duration ?? duration)];
		if (!prefill.residual || runTimes.every(hasResidualLife)) return [];
		const message = `residual: a run time of '${name}' may be for ever, a Weibull or a beta, of which it cannot be said what is left`;
		return [{ path, at: "value", message }];
	});
}
