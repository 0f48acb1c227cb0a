/** Things that are done to the cell at given times: nodes fail, recover, come and go; pods are deleted. */
import type { Cell } from "../cell/cell.js";
import { NO_NODE, type NodeId, type PodId } from "../cell/ids.js";
import type { Engine } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";
import type { NodeSpec } from "../objects/spec.js";

export type Fault =
	| {
			readonly atUs: SimTime;
			/** `silence`: nobody hears of the nodes, and nothing happens there, until they recover. */
			readonly action: "fail" | "silence" | "recover" | "remove";
			readonly selects: (node: NodeSpec) => boolean;
	  }
	| { readonly atUs: SimTime; readonly action: "add"; readonly nodes: readonly NodeSpec[] }
	| {
			readonly atUs: SimTime;
			readonly action: "delete";
			readonly selects: (pod: { readonly name: string; readonly labels: Readonly<Record<string, string>> }) => boolean;
	  };

/** Phases within one instant: what comes goes first, what goes comes last (trace formats order machine events so). */
export interface FaultPhases {
	readonly arriving: number;
	readonly leaving: number;
}

/** Schedules the faults. */
export function scheduleFaults(engine: Engine, cell: Cell, phases: FaultPhases, faults: readonly Fault[]): void {
	const apply = (index: number) => applyFault(cell, faults[index]!);
	const arriving = engine.kind("fault-arriving", phases.arriving, apply);
	const leaving = engine.kind("fault-leaving", phases.leaving, apply);
	faults.forEach((fault, index) => {
		engine.schedule(fault.atUs, fault.action === "add" || fault.action === "recover" ? arriving : leaving, index);
	});
}

function applyFault(cell: Cell, fault: Fault): void {
	if (fault.action === "add") {
		for (const node of fault.nodes) cell.addNode(node);
		return;
	}
	if (fault.action === "delete") {
		const doomed: PodId[] = [];
		for (const pod of cell.pods.all()) {
			const view = cell.pod(pod);
			if (fault.selects({ name: view.name, labels: view.podClass.spec.facts.labels })) doomed.push(pod);
		}
		for (const pod of doomed) {
			if (cell.pod(pod).node === NO_NODE) cell.endPod(pod, "deleted");
			else cell.stopPod(pod, "deleted");
		}
		return;
	}
	for (let n = 0; n < cell.nodes.count; n++) {
		const node = n as NodeId;
		if (cell.nodes.present[n] === 0 || !fault.selects(cell.nodes.specs[n]!)) continue;
		if (fault.action === "silence" || fault.action === "recover") cell.setNodeSilent(node, fault.action === "silence");
		if (fault.action !== "silence") cell.setNodeReady(node, fault.action === "recover");
		if (fault.action === "remove") cell.removeNode(node);
	}
}
