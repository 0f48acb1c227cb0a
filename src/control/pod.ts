/** Pods as the API server has them. */
import type { SimTime } from "../engine/time.js";
import type { ApiObject } from "./api-object.js";

/** A PodTemplateSpec as written, defaults not filled in: metadata and spec. */
export interface PodTemplate {
	readonly metadata?: {
		readonly labels?: Readonly<Record<string, string>>;
		readonly annotations?: Readonly<Record<string, string>>;
	};
	readonly spec: Readonly<Record<string, unknown>>;
}

export interface PodObjectSpec {
	/** What it was made from; pods of one template share it. */
	readonly template: PodTemplate;
	/** The only node that it may go to; "" for any. */
	readonly onlyNode: string;
	/** The node that it is bound to, "" while it waits. */
	readonly nodeName: string;
	/** It is made ready on its node, and not started yet. Absent: no. */
	readonly held?: boolean;
}

export interface PodObjectStatus {
	readonly phase: "Pending" | "Running" | "Succeeded" | "Failed";
	/** Whether it serves (the condition Ready), and since when it is so. */
	readonly ready: boolean;
	readonly readyUs: SimTime;
	/** When it ended, whole seconds as a kubelet writes them; NaN before. */
	readonly finishedUs: SimTime;
	/** Of its containers, one for all; NaN before. */
	readonly exitCode: number;
	/** Why it was disrupted (the condition DisruptionTarget), or "". */
	readonly disruption: string;
	/** The node that it waits for, where it had others stopped; "" if it never had. */
	readonly nominatedNode: string;
	/** Why no node was found for it, "" if one was or nobody looked yet. */
	readonly unschedulable: string;
}

export type Pod = ApiObject<PodObjectSpec, PodObjectStatus>;

export const NEW_POD: PodObjectStatus = {
	phase: "Pending",
	ready: false,
	readyUs: Number.NaN,
	finishedUs: Number.NaN,
	exitCode: Number.NaN,
	disruption: "",
	nominatedNode: "",
	unschedulable: "",
};

/** A pod's status with some of it changed; all have their fields in one order. */
export function statusWith(status: PodObjectStatus, changes: Partial<PodObjectStatus>): PodObjectStatus {
	return {
		phase: changes.phase ?? status.phase,
		ready: changes.ready ?? status.ready,
		readyUs: changes.readyUs ?? status.readyUs,
		finishedUs: changes.finishedUs ?? status.finishedUs,
		exitCode: changes.exitCode ?? status.exitCode,
		disruption: changes.disruption ?? status.disruption,
		nominatedNode: changes.nominatedNode ?? status.nominatedNode,
		unschedulable: changes.unschedulable ?? status.unschedulable,
	};
}

/** A pod's spec on another node, or on none (""). */
export function specWith(spec: PodObjectSpec, nodeName: string): PodObjectSpec {
	const { template, onlyNode, held } = spec;
	return held === undefined ? { template, onlyNode, nodeName } : { template, onlyNode, nodeName, held };
}

/** Neither ended nor on its way out: what controllers count. */
export function isActive({ metadata, status: { phase } }: Pod): boolean {
	return metadata.deletedUs === null && !isTerminal(phase);
}

export function isTerminal(phase: PodObjectStatus["phase"]): boolean {
	return phase === "Succeeded" || phase === "Failed";
}

/** Whether it has been ready for so long. */
export function isAvailable({ status: { ready, readyUs } }: Pod, minReadyUs: SimTime, nowUs: SimTime): boolean {
	return ready && readyUs + minReadyUs <= nowUs;
}
