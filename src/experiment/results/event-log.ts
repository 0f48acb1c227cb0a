/**
 * A simulation as text: one line for every event and every change of the cell, in order, names instead of ids.
 *
 *     12.5s job-arrival batch-3
 *     12.5s scheduler-wake main
 *     12.5s bind batch-3-0 -> n1
 *     12.5s start batch-3-0
 *     12.5s attempt main batch-3 placed 1/1
 *     13s node-due n1
 *     13s end batch-2-0 succeeded
 *
 * A line whose first word is a kind of event (`job-arrival`, `node-due`, ...) stands before what its handler did. Scenario tests
 * assert it; `cellsim diff` compares two of them. It is made by an observer, so a run is the same with and without it.
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeId } from "../../cell/ids.js";
import type { Job } from "../../cell/job.js";
import type { Attempt } from "../../cell/transaction.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import { rejectionText, unavailable } from "../../metrics/probes/rejection-text.js";
import type { SimulationOptions } from "../simulation.js";
import { formatInstant } from "./instant.js";

export interface EventLogOptions extends Pick<SimulationOptions, "schedulers" | "faults"> {
	/** Takes one line, without a line break. */
	readonly write: (line: string) => void;
}

/** An observer for `SimulationOptions.observers` that writes the log. */
export function eventLog({ schedulers, faults, write }: EventLogOptions): SimulationOptions["observers"][number] {
	return (engine, cell) => {
		const log = timed(engine, write);
		const scheduler = (index: number) => schedulers[index]?.name ?? `#${index}`;
		const node = (id: number) => cell.nodes.specs[id]?.name ?? `#${id}`;
		const pod = (id: Parameters<Cell["pod"]>[0]) => cell.pod(id).name;
		engine.watch((_timeUs, kind, subject) => {
			// Told when its job has a name: by the change that is all it does.
			if (kind.name === "job-arrival") return;
			log(`${kind.name} ${subjectOf(kind, subject, { scheduler, node, fault: (index) => faults[index]?.action })}`);
		});
		cell.watch({
			nodeChanged: (id, change) => log(`${change} ${node(id)}`),
			jobSubmitted: (job) => log(`job-arrival ${job.name}${sizeOf(job)}`),
			jobTurnedAway: (job) => log(`job-arrival ${job.name}${sizeOf(job)} turned away: ${job.turnedAway}`),
			jobGrown: (job) => log(`grow ${job.name} ${job.requestedPods} -> ${job.podCount} pods`),
			podBound: (id, on) => log(`bind ${pod(id)} -> ${node(on)}${devicesOf(cell.pod(id).devices)}`),
			podStarted: (id) => log(`start ${pod(id)}`),
			podEnded: (id, _node: NodeId, reason) => log(`end ${pod(id)} ${reason}`),
			podRequeued: (id, _node, reason) => log(`requeue ${pod(id)} ${reason}`),
			attempted: (attempt) => log(`attempt ${scheduler(attempt.scheduler)} ${attempt.job.name} ${resultOf(attempt)}`),
		});
	};
}

/** Puts the time before each line; many events share one, so its text is kept. */
function timed(engine: Engine, write: (line: string) => void): (line: string) => void {
	let timeUs = 0;
	let text = formatInstant(timeUs);
	return (line) => {
		if (engine.nowUs !== timeUs) {
			timeUs = engine.nowUs;
			text = formatInstant(timeUs);
		}
		write(`${text} ${line}`);
	};
}

interface Names {
	readonly scheduler: (index: number) => string;
	readonly node: (id: number) => string;
	readonly fault: (index: number) => string | undefined;
}

/** The subject of an event in words; its number where the kind is not known here. */
function subjectOf({ name }: EventKind, subject: number, names: Names): string {
	if (name.startsWith("node-")) return names.node(subject);
	if (name.startsWith("fault-")) return names.fault(subject) ?? `#${subject}`;
	if (["scheduler-wake", "decision-commit", "backoff-over"].includes(name)) return names.scheduler(subject);
	return `#${subject}`;
}

function sizeOf({ podCount, gang }: Job): string {
	if (gang) return ` (gang of ${podCount})`;
	return podCount === 1 ? "" : ` (${podCount} pods)`;
}

function devicesOf(mask: number): string {
	if (mask === 0) return "";
	const devices = Array.from({ length: 32 }, (_, i) => i).filter((i) => (mask >>> i) & 1);
	return ` gpu ${devices.join(",")}`;
}

function resultOf({ outcome, placed, pods, conflicts, unplaced, nodes, rejections }: Attempt): string {
	const conflict = conflicts === 0 ? "" : `, ${conflicts} in conflict`;
	const reasons = unplaced === 0 ? "" : `, ${unavailable(nodes, rejectionText(rejections))}`;
	return `${outcome} ${placed}/${pods}${conflict}${reasons}`;
}
