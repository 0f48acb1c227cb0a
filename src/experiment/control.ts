/** From the parts of a plan that declare a control plane to one at work. */
import type { Cell } from "../cell/cell.js";
import { ControlPlane } from "../control/control-plane.js";
import type { PodUsage } from "../control/controllers/horizontal-pod-autoscaler/horizontal-pod-autoscaler.js";
import { nodeKey } from "../control/kinds/node.js";
import { podSpecOf } from "../control/kinds/pod-template.js";
import { orchestrators } from "../control/orchestrators/index.js";
import type { Orchestrator } from "../control/orchestrators/orchestrator.js";
import { arrivalWith } from "../control/pod-annotations.js";
import { scheduleActions, type UserAction } from "../control/user-actions.js";
import type { Engine } from "../engine/engine.js";
import type { RandomSource } from "../engine/random.js";
import { formatPath } from "../objects/issues.js";
import type { PriorityClass } from "../objects/priority-class.js";
import { controlObjects } from "./file/control-objects.js";
import type { Spec } from "./registries.js";

/** Makes the control plane of a run. `phase`: of its events. */
export type MakeControlPlane = (engine: Engine, cell: Cell, phase: number) => ControlPlane;

/** Null without an orchestrator. Objects of the file are there at time 0. */
export function controlPlaneOf(
	spec: Pick<Spec, "orchestrator" | "actions">,
	documents: readonly unknown[],
	priorityClasses: readonly PriorityClass[],
	random: RandomSource,
): MakeControlPlane | null {
	const { orchestrator } = spec;
	if (orchestrator === undefined) return null;
	const actions: readonly UserAction[] = [
		...controlObjects(documents).map(({ object }) => ({ atUs: 0, action: "create", manifest: object }) as const),
		...spec.actions.map(actionOf),
	];
	return (engine, cell, phase) => {
		const usageOf: PodUsage = (pod, resource) => plane.pods.usageOf(pod, resource);
		const context = { random, usageOf };
		const made: Orchestrator = orchestrators.all.get(orchestrator.name)!.create(orchestrator.params as never, context);
		const plane = new ControlPlane(engine, cell, {
			...made,
			phase,
			arrivalOf: ({ spec: { template }, metadata }) => ({
				...arrivalWith(podSpecOf(template, metadata.namespace, priorityClasses), metadata.annotations),
				name: null,
			}),
		});
		plane.create({ kind: "Namespace", metadata: { name: "default" } });
		scheduleActions(engine, plane, phase, actions, (action, result) => {
			if ("mistakes" in result)
				refuse(cell, action, result.mistakes.map(({ path, message }) => `${formatPath(path)}: ${message}`).join("; "));
			else if (!result.ok) refuse(cell, action, result.error.message);
		});
		return plane;
	};
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
		default:
			return { kind: action.kind, name: action.key };
	}
}

function actionOf(action: Spec["actions"][number]): UserAction {
	const { at: atUs } = action;
	switch (action.action) {
		case "create":
			return { atUs, action: "create", manifest: action.manifest };
		case "drain":
			return { atUs, action: "drain", node: action.node };
		case "cordon":
		case "uncordon": {
			const patch = { spec: { unschedulable: action.action === "cordon" } };
			return { atUs, action: "patch", kind: "Node", key: nodeKey(action.node), patch };
		}
		default: {
			const { kind, namespace, name } = action;
			const key = `${namespace}/${name}`;
			if (action.action === "delete") return { atUs, action: "delete", kind, key };
			const patch = action.action === "scale" ? { spec: { replicas: action.replicas } } : action.patch;
			return { atUs, action: "patch", kind, key, patch };
		}
	}
}
