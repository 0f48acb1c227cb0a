/** Runs a timed scenario through our queue and scheduler, event by event, and writes down what waits where after each. */
import type { PodId } from "../../../src/cell/ids.js";
import { nodeEvents } from "../../../src/scheduling/kubernetes/cluster-events.js";
import type { KubernetesOptions } from "../../../src/scheduling/kubernetes/kubernetes-scheduler.js";
import { unschedulablePlugins } from "../../../src/scheduling/kubernetes/messages.js";
import { type QueuedPod, SchedulingQueue } from "../../../src/scheduling/kubernetes/scheduling-queue.js";
import { EPOCH_US, keyOf, nodeSpec, podSpec } from "./cluster.js";
import type { Golden, Raw, Scenario, TimedEvent } from "./golden.js";
import { Replay, wholeMillis } from "./replay.js";

const SECOND = 1_000_000;

/** Seconds as the recorder counts them: nanoseconds, cut off. */
function dueUs({ time }: TimedEvent): number {
	return Math.trunc(time * 1e9) / 1000;
}

export class QueueReplay {
	readonly #scenario: Scenario;
	readonly #replay: Replay;
	readonly #queue: SchedulingQueue;
	readonly #trace: Raw[] = [];
	readonly #decisions: Raw[] = [];
	readonly #pods: ReadonlyMap<string, Raw>;
	readonly #keys = new Map<PodId, string>();

	constructor(scenario: Scenario, keeps: KubernetesOptions["keeps"]) {
		this.#scenario = scenario;
		this.#replay = new Replay(scenario, keeps);
		this.#pods = new Map(scenario.pods.map((raw) => [keyOf(raw), raw]));
		const { profiles, podInitialBackoffSeconds, podMaxBackoffSeconds } = this.#replay.configuration;
		this.#queue = new SchedulingQueue({
			profiles,
			initialBackoffUs: podInitialBackoffSeconds * SECOND,
			maxBackoffUs: podMaxBackoffSeconds * SECOND,
			ties: "heap",
		});
	}

	run(): Golden {
		const { events = [], untilSeconds = 0 } = this.#scenario;
		const header = this.#replay.header();
		const untilUs = untilSeconds * SECOND;
		let next = 0;
		let flushed = 0;
		for (let nowUs = 0; ; ) {
			// Everything that is due, events before a flush of the same time.
			for (;;) {
				const eventUs = next < events.length ? dueUs(events[next]!) : Number.POSITIVE_INFINITY;
				const flushUs = (flushed + 1) * SECOND;
				if (Math.min(eventUs, flushUs) > nowUs) break;
				if (eventUs <= flushUs) this.#apply(events[next++]!, nowUs);
				else this.#flush(++flushed, nowUs);
			}
			if (nowUs >= untilUs) break;
			if (this.#queue.ready) {
				nowUs += this.#attempt(nowUs);
				continue;
			}
			const eventUs = next < events.length ? dueUs(events[next]!) : Number.POSITIVE_INFINITY;
			nowUs = Math.min(untilUs, eventUs, (flushed + 1) * SECOND);
		}
		this.#note("end", untilUs);
		return { ...header, decisions: this.#decisions, ...this.#replay.outcome(), queueTrace: this.#trace };
	}

	#apply(event: TimedEvent, nowUs: number): void {
		const { cluster } = this.#replay;
		const { op, pod: key = "", node, newPod } = event;
		const timeUs = Math.max(nowUs, dueUs(event));
		cluster.clock.nowUs = EPOCH_US + timeUs;
		switch (op) {
			case "createPod":
				this.#add(key, this.#pods.get(key)!, timeUs);
				break;
			case "updatePod":
				this.#update(key, newPod!, timeUs);
				break;
			case "deletePod":
				this.#delete(key, timeUs);
				break;
			case "addNode": {
				const spec = nodeSpec(node!);
				cluster.cell.addNode(spec);
				this.#queue.move({ kind: "node-added", after: spec }, timeUs);
				break;
			}
			case "updateNode": {
				const spec = nodeSpec(node!);
				const id = cluster.nodeNamed(spec.name);
				const before = cluster.cell.node(id).spec;
				cluster.cell.updateNode(id, spec);
				for (const change of nodeEvents(before, spec)) this.#queue.move(change, timeUs);
				break;
			}
		}
		this.#note(op, timeUs, node === undefined ? key : nodeSpec(node).name);
	}

	#add(key: string, raw: Raw, timeUs: number): void {
		const { cluster } = this.#replay;
		const pod = cluster.submit(key, podSpec(raw));
		this.#keys.set(pod, key);
		this.#queue.add(pod, cluster.cell.pod(pod).podClass, timeUs);
	}

	/** The cell knows no update of a waiting pod; its class is what changes. */
	#update(key: string, raw: Raw, timeUs: number): void {
		const { cluster } = this.#replay;
		const pod = cluster.pod(key);
		if (pod === undefined) return;
		const podClass = cluster.cell.classes.intern(podSpec(raw));
		cluster.cell.pods.classes[cluster.cell.pods.row(pod)] = podClass;
		this.#queue.update(pod, podClass, timeUs);
	}

	#delete(key: string, timeUs: number): void {
		const { cluster } = this.#replay;
		const pod = cluster.pod(key);
		if (pod === undefined) return;
		const { podClass, node } = cluster.cell.pod(pod);
		cluster.cell.endPod(pod, "deleted");
		this.#queue.delete(pod);
		if (node >= 0) this.#queue.move({ kind: "pod-removed", pod: podClass }, timeUs);
	}

	#flush(second: number, nowUs: number): void {
		const timeUs = Math.max(nowUs, second * SECOND);
		if (this.#queue.flushBackoff(timeUs)) this.#note("flushBackoff", timeUs);
		if (second % 30 === 0 && this.#queue.flushUnschedulable(timeUs)) this.#note("flushUnschedulable", timeUs);
	}

	/** One attempt; the time it takes. */
	#attempt(nowUs: number): number {
		const { cluster } = this.#replay;
		const takesUs = this.#scenario.attemptMillis! * 1000;
		const { id, attempts } = this.#queue.pop()!;
		const key = this.#keys.get(id)!;
		cluster.clock.nowUs = EPOCH_US + nowUs;
		const attempted = this.#replay.attempt(key, id);
		this.#decisions.push(this.#replay.record(key, attempted, { attempt: attempts, timeUs: nowUs }));
		const endUs = nowUs + takesUs;
		if (attempted.node >= 0) {
			const { podClass } = cluster.cell.pod(id);
			cluster.cell.adoptPod(id, attempted.node);
			this.#queue.done(id);
			this.#queue.move({ kind: "pod-bound", pod: podClass }, endUs);
		} else {
			this.#replay.nominate(attempted);
			this.#queue.addUnschedulable(id, unschedulablePlugins(attempted), endUs);
			for (const victim of attempted.preemption?.chosen?.victims ?? []) {
				this.#replay.remove(victim.id);
				this.#queue.move({ kind: "pod-removed", pod: victim.podClass }, endUs);
			}
		}
		this.#note("attempt", endUs, key, attempted.node >= 0 ? "scheduled" : "unschedulable");
		return takesUs;
	}

	#note(event: string, timeUs: number, object?: string, result?: string): void {
		const { active, backoff, unschedulable } = this.#queue.waiting;
		const names = (pods: readonly QueuedPod[]) => pods.map(({ id }) => this.#keys.get(id)!).sort();
		this.#trace.push({
			time: wholeMillis(timeUs),
			event,
			...(object !== undefined && { object }),
			...(result !== undefined && { result }),
			activeQ: names(active),
			backoffQ: names(backoff),
			unschedulablePods: names(unschedulable),
		});
	}
}
