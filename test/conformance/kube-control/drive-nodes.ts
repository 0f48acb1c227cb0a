/** What the driver did to nodes and namespaces, and which controllers see to them. */
import type { Cell } from "../../../src/cell/cell.js";
import type { ControlPlane } from "../../../src/control/control-plane.js";
import type { MakeController } from "../../../src/control/controller.js";
import { garbageCollector } from "../../../src/control/controllers/garbage-collector.js";
import { namespaceController } from "../../../src/control/controllers/namespace.js";
import { nodeLifecycleController } from "../../../src/control/controllers/node-lifecycle/node-lifecycle.js";
import { DEFAULT_EVICTION_RATES } from "../../../src/control/controllers/node-lifecycle/zone.js";
import { podGcController } from "../../../src/control/controllers/pod-gc.js";
import { taintEvictionController } from "../../../src/control/controllers/taint-eviction.js";
import { Heartbeats } from "../../../src/control/heartbeats.js";
import type { RandomSource } from "../../../src/engine/random.js";
import { NO_OBJECTS } from "../../../src/objects/cluster-objects.js";
import { parseQuantity } from "../../../src/objects/quantity.js";
import type { Labels } from "../../../src/objects/selector.js";
import type { Raw, Scenario, TimelineEvent } from "./golden.js";
import type { Actor } from "./stage.js";
import { actionsOf, namespaceOf } from "./together.js";

/** From a pass to what is seen of it first. */
const SEEN_MS = 12;

/** Leases are renewed when those of the recording were. */
export function recordedHeartbeats(scenario: Scenario, startUs: number): Heartbeats {
	const ages = actionsOf(scenario)
		.filter(({ event }) => event.do === "nodes silent")
		.map(({ event, t }) => ({ t, ages: event["lastRenewAgeMs"] as Readonly<Record<string, number>> }));
	const firstUs = (name: string, nowUs: number) => {
		const silent = ages.find((one) => name in one.ages);
		return silent === undefined ? nowUs : startUs + Math.round((silent.t - silent.ages[name]!) * 1000);
	};
	return new Heartbeats({ firstUs });
}

/** Their passes are when those of the recording were. */
export function nodeControllers(
	scenario: Scenario,
	startUs: number,
	heartbeats: Heartbeats,
	random: RandomSource,
): readonly MakeController[] {
	const { events } = scenario.runs[0]!;
	const flag = (name: string) => Number(new RegExp(`--${name}=(\\d+)`).exec(scenario.setup.flags)?.[1] ?? Number.NaN);
	const unknown = events.find(({ k, ready }) => k === "Node" && String(ready).startsWith("Unknown"));
	const orphan = events.find(({ disruption }) => disruption === "DeletionByPodGC");
	const largeZone = flag("large-cluster-size-threshold");
	const keepsEnded = flag("terminated-pod-gc-threshold");
	const collected = orphan ?? (Number.isNaN(keepsEnded) ? undefined : firstEndedGone(events));
	return [
		nodeLifecycleController({
			heartbeats,
			random: random.stream("node-lifecycle/pass"),
			firstPassUs: startUs + offsetUs(unknown, 5_002),
			rates: { ...DEFAULT_EVICTION_RATES, ...(!Number.isNaN(largeZone) && { largeZone }) },
		}),
		taintEvictionController,
		podGcController({
			firstPassUs: startUs + offsetUs(collected, 20_000),
			...(!Number.isNaN(keepsEnded) && { keepsEnded }),
		}),
		garbageCollector,
		namespaceController,
	];
}

function firstEndedGone(events: readonly TimelineEvent[]): TimelineEvent | undefined {
	const ended = new Set<string>();
	return events.find(({ k, n = "", op, phase }) => {
		if (k === "Pod" && (phase === "Succeeded" || phase === "Failed")) ended.add(n);
		return k === "Pod" && op === "D" && ended.has(n);
	});
}

function offsetUs(seen: TimelineEvent | undefined, periodMs: number): number {
	return seen === undefined ? 0 : Math.round(((seen.t - SEEN_MS) % periodMs) * 1000);
}

export const nodeActions: Actor = ({ cell, plane, scenario }, action) => {
	switch (action.do) {
		case "nodes silent":
			for (const name of Object.keys(action["lastRenewAgeMs"] as object))
				cell.setNodeSilent(cell.nodeNamed(name)!, true);
			return true;
		case "nodes resume":
			for (const name of action["nodes"] as readonly string[]) cell.setNodeSilent(cell.nodeNamed(name)!, false);
			return true;
		case "remove node":
			plane.delete("Node", `/${action["node"]}`);
			return true;
		case "create statefulset":
			createUnlistedJob(plane, scenario);
			return false;
		default:
			if (!action.do!.startsWith("add node")) return false;
			addNode(cell, scenario, addedAfter(scenario, action));
			return true;
	}
};

/** A Job that the driver made besides, and of which the recording shows only the pods. */
function createUnlistedJob(plane: ControlPlane, { manifests, runs }: Scenario): void {
	const { events } = runs[0]!;
	const job = events.find(({ k, op }) => k === "Job" && op === "A");
	if (job === undefined || manifests.some(({ object }) => object["kind"] === "Job")) return;
	const pods = events.filter(({ k, op, own }) => k === "Pod" && op === "A" && own === `Job/${job.n}`).length;
	const { template } = manifests[0]!.object["spec"] as { readonly template: { readonly spec: object } };
	plane.create({
		kind: "Job",
		metadata: { name: job.n },
		spec: { parallelism: pods, completions: pods, template: { spec: { ...template.spec, restartPolicy: "Never" } } },
	});
}

/** What the recording shows of the node that came with the action. */
function addedAfter({ runs }: Scenario, action: TimelineEvent): { readonly name: string; readonly zone: string } {
	const { events } = runs.find((run) => run.events.includes(action))!;
	const added = events.find(({ k, op, t }) => k === "Node" && op === "A" && t >= action.t)!;
	return { name: added.n!, zone: String(added["zone"]) };
}

/** As they were when the recording began; from then on the scheduler knows by what it spreads pods: Services, and whatever keeps pods. */
export function addNodes(cell: Cell, scenario: Scenario): void {
	const selectors = scenario.manifests
		.map(({ object }) => labelsSelectedBy(object))
		.filter((labels) => labels !== null);
	const services = selectors.flatMap((selector) =>
		scenario.runs.map((_run, repeat) => ({ namespace: namespaceOf(repeat), selector })),
	);
	cell.api.declared = { ...NO_OBJECTS, services };
	const { nodes, zones } = scenario.setup;
	for (let n = 0; n < nodes; n++)
		addNode(cell, scenario, { name: `n${String(n).padStart(3, "0")}`, zone: `z${n % zones}` });
}

function labelsSelectedBy({ spec }: Raw): Labels | null {
	const { selector } = spec as { readonly selector?: Labels | { readonly matchLabels: Labels } };
	if (selector === undefined) return null;
	return typeof selector["matchLabels"] === "object" ? selector["matchLabels"] : (selector as Labels);
}

function addNode(
	cell: Cell,
	{ setup }: Scenario,
	{ name, zone }: { readonly name: string; readonly zone: string },
): void {
	const { cpu, memory, pods } = setup.nodeAllocatable;
	cell.addNode({
		name,
		labels: { "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone },
		taints: [],
		unschedulable: false,
		allocatable: {
			cpu: parseQuantity(String(cpu), "milli"),
			memory: parseQuantity(String(memory), "unit"),
			pods: Number(pods),
		},
		gpu: null,
	});
}
