/** From the parts of a plan that declare a control plane to one at work. */
import type { Cell } from "../cell/cell.js";
import { type Application, type DeclaredObject, refined } from "../control/application.js";
import { type ApplicationAction, ApplicationObjects } from "../control/application-actions.js";
import { Cloud } from "../control/autoscaling/cloud.js";
import type { ClusterAccess } from "../control/autoscaling/cluster-access.js";
import { ControlPlane, mistakesText } from "../control/control-plane.js";
import type {
	PodUsage,
	UsageMark,
} from "../control/controllers/horizontal-pod-autoscaler/horizontal-pod-autoscaler.js";
import { nodeKey } from "../control/kinds/node.js";
import { podSpecOf } from "../control/kinds/pod-template.js";
import { orchestrators } from "../control/orchestrators/index.js";
import type { Orchestrator } from "../control/orchestrators/orchestrator.js";
import { PLANE_COMPONENTS, type PlanePart } from "../control/plane-components.js";
import { type PlaneFault, schedulePlaneFaults } from "../control/plane-faults.js";
import { arrivalWith } from "../control/pod-annotations.js";
import { scheduleActions, type UserAction } from "../control/user-actions.js";
import type { Engine } from "../engine/engine.js";
import type { RandomSource } from "../engine/random.js";
import type { PriorityClass } from "../objects/priority-class.js";
import { containsLabels, type Labels } from "../objects/selector.js";
import { kubernetesFilters } from "../scheduling/kubernetes/what-if.js";
import type { OwnControllers } from "./controller-file.js";
import { controlObjects } from "./file/control-objects.js";
import type { Spec } from "./registries.js";
import { servicesOfApplications } from "./traffic.js";

/** Makes the control plane of a run. `phase`: of its events. */
export type MakeControlPlane = (engine: Engine, cell: Cell, phase: number) => ControlPlane;

export interface ControlContext {
	readonly priorityClasses: readonly PriorityClass[];
	readonly random: RandomSource;
	/** What files of the user's bring. */
	readonly own: OwnControllers;
}

/** Null without an orchestrator. Objects of the file, and its applications, are there at time 0. */
export function controlPlaneOf(
	spec: Pick<Spec, "orchestrator" | "applications" | "actions" | "faults" | "traffic">,
	documents: readonly unknown[],
	{ priorityClasses, random, own }: ControlContext,
): MakeControlPlane | null {
	const { orchestrator } = spec;
	if (orchestrator === undefined) return null;
	const definition = orchestrators.all.get(orchestrator.name)!;
	const declared = controlObjects(documents, own.kinds).map(({ object }) => object);
	const objects = [...declared, ...servicesOfApplications(spec, documents)].map(
		(manifest) => ({ atUs: 0, action: "create", manifest }) as const,
	);
	const planeFaults = spec.faults.flatMap((fault) => planeFaultOf(fault, definition.parts ?? PLANE_COMPONENTS));
	return (engine, cell, phase) => {
		const usageOf: PodUsage = (pod, resource) => plane.pods.usageOf(pod, resource);
		const usageMarkOf: UsageMark = (pod) => plane.pods.usageMarkOf(pod);
		let shared: ClusterAccess | null = null;
		const access = (): ClusterAccess => {
			const podOf = (uid: number) => plane.pods.podOf(uid);
			shared ??= { cell, cloud: new Cloud(engine, cell, phase), filters: kubernetesFilters(cell), podOf };
			return shared;
		};
		// What requests take changes from instant to instant: nobody can tell when.
		const marks = spec.traffic.length === 0 ? { usageMarkOf } : {};
		const context = { random, usageOf, ...marks, access, kinds: own.kinds };
		const { initial = [], availability, ...made } = definition.create(orchestrator.params, context);
		const plane = new ControlPlane(engine, cell, {
			...made,
			controllers: [...made.controllers, ...own.controllers],
			kinds: [...definition.kinds, ...own.kinds],
			phase,
			random,
			arrivalOf: ({ spec: { template }, metadata }) => ({
				...arrivalWith(podSpecOf(template, metadata.namespace, priorityClasses, metadata.owner), metadata.annotations),
				name: null,
			}),
		});
		plane.create({ kind: "Namespace", metadata: { name: "default" } });
		for (const manifest of initial) plane.create(manifest);
		schedulePlaneFaults(engine, plane, phase, planeFaults);
		const actions = [...objects, ...applicationActions(spec, availability)];
		scheduleActions(engine, plane, phase, actions, (action, result) => {
			if ("mistakes" in result) refuse(cell, action, mistakesText(result));
			else if (!result.ok) refuse(cell, action, result.error.message);
		});
		return plane;
	};
}

/** The objects that a bundle makes of an application, its own block merged over the first. */
export function objectsOf(
	application: Application,
	{ name, params }: NonNullable<Spec["orchestrator"]>,
): readonly DeclaredObject[] {
	const { declare, block } = orchestrators.all.get(name)!;
	return refined(declare(application, params), application, block);
}

function applicationActions(
	{ applications, actions, orchestrator }: Pick<Spec, "orchestrator" | "applications" | "actions">,
	availability: Orchestrator["availability"],
): readonly UserAction[] {
	const objects = new ApplicationObjects(applications, (application) => objectsOf(application, orchestrator!));
	// What an action does to an application depends on those before.
	const inOrder = [...actions.entries()].sort(([i, a], [j, b]) => a.at - b.at || i - j);
	return [
		...objects.created,
		...inOrder.flatMap(([, action]) => {
			const neutral = neutralAction(action);
			return neutral === null ? [actionOf(action, availability)] : objects.act(neutral);
		}),
	];
}

type Action = Spec["actions"][number];

/** Null for an action on an object. */
function neutralAction(action: Action): ApplicationAction | null {
	if (!("application" in action) || action.application === undefined) return null;
	const { at: atUs, application } = action;
	switch (action.action) {
		case "scale":
			return { atUs, application, action: "scale", replicas: action.replicas };
		case "remove":
			return { atUs, application, action: "remove" };
		case "update": {
			const { at: _, action: __, application: ___, ...change } = action;
			const given = Object.entries(change).filter(([, value]) => value !== undefined);
			return { atUs, application, action: "update", change: Object.fromEntries(given) };
		}
	}
}

/** Of one that is about nodes or pods: nothing. */
function planeFaultOf(fault: Spec["faults"][number], all: readonly PlanePart[]): readonly PlaneFault[] {
	if (fault.action !== "fail-plane" && fault.action !== "recover-plane") return [];
	const { at: atUs, action, component, replicas = Number.POSITIVE_INFINITY } = fault;
	const components = component === undefined ? all : [component];
	const releases = action === "fail-plane" && fault.releaseLease;
	return components.map((one) => ({ atUs, fails: action === "fail-plane", component: one, replicas, releases }));
}

/** A refused action leaves everything as it was; the run goes on, as a cluster would. */
function refuse(cell: Cell, action: UserAction, message: string): void {
	const { kind, name } = subjectOf(action);
	cell.objects.objectEvent({ source: "user", kind, name, type: "Warning", reason: "Refused", message });
}

function subjectOf(action: UserAction): { readonly kind: string; readonly name: string } {
	switch (action.action) {
		case "create": {
			const { kind, metadata } = action.manifest as {
				readonly kind?: unknown;
				readonly metadata?: { readonly name?: unknown };
			};
			return { kind: String(kind), name: String(metadata?.name ?? "") };
		}
		case "drain":
			return { kind: "Node", name: action.node };
		case "upgrade":
			return { kind: "Node", name: "" };
		default:
			return { kind: action.kind, name: action.key };
	}
}

function actionOf(action: Action, availability: Orchestrator["availability"] = kubectl): UserAction {
	const { at: atUs } = action;
	switch (action.action) {
		case "create":
			return { atUs, action: "create", manifest: action.manifest };
		case "upgrade": {
			const { nodes, select, atOnce, takes: takesUs } = action;
			const selects = ({ name, labels }: { readonly name: string; readonly labels: Labels }) =>
				nodes === undefined ? containsLabels(labels, select!.matchLabels) : nodes.includes(name);
			return { atUs, action: "upgrade", selects, atOnce, takesUs };
		}
		case "drain":
		case "cordon":
		case "uncordon": {
			const patch = availability(action.action);
			if (patch === null) return { atUs, action: "drain", node: action.node };
			return { atUs, action: "patch", kind: "Node", key: nodeKey(action.node), patch };
		}
		case "update":
		case "remove":
			throw new Error("an action on an application is none on an object");
		default: {
			const { kind = "", namespace, name = "" } = action;
			const key = `${namespace}/${name}`;
			if (action.action === "delete") return { atUs, action: "delete", kind, key, force: action.force === true };
			const patch = action.action === "scale" ? { spec: { replicas: action.replicas } } : action.patch;
			return { atUs, action: "patch", kind, key, patch };
		}
	}
}

/** `kubectl cordon` and its like; null for `kubectl drain`, which evicts. */
const kubectl: NonNullable<Orchestrator["availability"]> = (action) =>
	action === "drain" ? null : { spec: { unschedulable: action === "cordon" } };
