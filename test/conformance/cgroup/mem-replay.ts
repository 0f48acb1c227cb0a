/** Replays a measured memory scenario on the readable model. */
import { type GroupId, MemoryGroups, type ProcessId } from "../../../src/node/memory/memory-groups.js";
import type { MemoryScenario, Step } from "./mem-scenario.js";

export const MB = 2 ** 20;
/** Processes grow in steps of a quarter of a MB: the kernel's are pages, but nothing depends on it. */
const CHUNKS = 4;
/** Time for a MB without `pace`, microseconds: about what touching 256 pages takes. */
const PACE_US = 250;

export interface MemoryOutcome {
	/** Names of processes, in order. A fork has the name of its parent. */
	readonly killed: readonly string[];
	/** By process and kind, whole MB: what it had when it last grew. */
	readonly reachedMb: Readonly<Record<string, Readonly<Record<string, number>>>>;
	readonly groups: Readonly<Record<string, { readonly maxUsage: number; readonly kills: number }>>;
}

/** One process, and what it forked. */
interface Actor {
	readonly name: string;
	readonly process: ProcessId;
	child: ProcessId | null;
	readonly steps: readonly Step[];
	step: number;
	/** Chunks of the current step that are done. */
	done: number;
	paceUs: number;
	nextUs: number;
	readonly chunks: Record<string, number>;
	readonly reachedMb: Record<string, number>;
}

const KIND_OF = { anon: "anon", shm: "shm", read: "read", write: "write", fork: "cow" } as const;

export function replayMemory(scenario: MemoryScenario): MemoryOutcome {
	const memory = new MemoryGroups();
	const groups = new Map<string, GroupId>();
	for (const { name, parent, limit_mb } of scenario.groups) {
		const limit = limit_mb === null ? {} : { limit: limit_mb * MB };
		groups.set(name, memory.addGroup(parent === "" ? null : groups.get(parent)!, limit));
	}
	const actors = scenario.procs.map(({ name, group, oom_score_adj, start_ms, steps }): Actor => {
		const process = memory.addProcess(groups.get(group)!, oom_score_adj);
		const now = { step: 0, done: 0, paceUs: PACE_US, nextUs: start_ms * 1000 };
		return { name, process, child: null, steps, ...now, chunks: {}, reachedMb: {} };
	});
	const killed: string[] = [];
	const dead = new Set<ProcessId>();
	const note = (victims: readonly ProcessId[]) => {
		for (const victim of victims) {
			dead.add(victim);
			killed.push(actors.find(({ process, child }) => process === victim || child === victim)!.name);
		}
	};
	let limitToSet = scenario.set_limit;
	for (;;) {
		const actor = nextActor(actors, dead);
		if (limitToSet && (actor === null || limitToSet.at_ms * 1000 <= actor.nextUs)) {
			note(memory.setLimit(groups.get(limitToSet.group)!, limitToSet.limit_mb * MB));
			limitToSet = undefined;
		} else if (actor === null) break;
		else act(memory, actor, note, dead);
	}
	return { killed, reachedMb: byName(actors, ({ reachedMb }) => reachedMb), groups: statesOf(memory, groups) };
}

/** Who acts next: the earliest, of equals the first. Who is dead does nothing any more, except that its fork finishes. */
function nextActor(actors: readonly Actor[], dead: ReadonlySet<ProcessId>): Actor | null {
	let next: Actor | null = null;
	for (const actor of actors) {
		const forked = actor.child !== null && !dead.has(actor.child);
		if (actor.step === actor.steps.length || (dead.has(actor.process) && !forked)) continue;
		if (next === null || actor.nextUs < next.nextUs) next = actor;
	}
	return next;
}

function act(
	memory: MemoryGroups,
	actor: Actor,
	note: (victims: readonly ProcessId[]) => void,
	dead: ReadonlySet<ProcessId>,
): void {
	const { verb, amount } = actor.steps[actor.step]!;
	if (verb === "wait") actor.nextUs += amount * 1000;
	else if (verb === "pace") actor.paceUs = amount;
	else if (verb === "free") {
		memory.shrink(actor.process, amount * MB);
		actor.chunks["anon"] = Math.max(0, (actor.chunks["anon"] ?? 0) - amount * CHUNKS);
	} else if (actor.done < amount * CHUNKS && growsOn(memory, actor, verb, note, dead)) return;
	actor.step++;
	actor.done = 0;
	// What a dead process forked ends with its own step.
	if (dead.has(actor.process)) actor.step = actor.steps.length;
	else actor.child = null;
}

/** One chunk more. False if the step is over because who was to grow is dead. */
function growsOn(
	memory: MemoryGroups,
	actor: Actor,
	verb: keyof typeof KIND_OF,
	note: (victims: readonly ProcessId[]) => void,
	dead: ReadonlySet<ProcessId>,
): boolean {
	if (verb === "fork" && actor.done === 0 && actor.child === null) {
		const { child, killed } = memory.fork(actor.process);
		actor.child = child;
		note(killed);
		if (child === null) return false;
	}
	const { killed, made } = charge(memory, actor, verb);
	note(killed);
	if (dead.has(verb === "fork" ? actor.child! : actor.process)) return false;
	if (!made) return false;
	const kind = KIND_OF[verb];
	actor.done++;
	actor.chunks[kind] = (actor.chunks[kind] ?? 0) + 1;
	actor.reachedMb[kind] = Math.floor(actor.chunks[kind] / CHUNKS);
	actor.nextUs += actor.paceUs / CHUNKS;
	return true;
}

function charge(memory: MemoryGroups, actor: Actor, verb: keyof typeof KIND_OF) {
	const bytes = MB / CHUNKS;
	switch (verb) {
		case "anon":
		case "shm":
			return memory.grow(actor.process, bytes);
		case "read":
			return memory.cache(actor.process, bytes, "clean");
		case "write":
			return memory.cache(actor.process, bytes, "dirty");
		case "fork":
			return memory.copy(actor.child!, bytes);
	}
}

function statesOf(memory: MemoryGroups, groups: ReadonlyMap<string, GroupId>): MemoryOutcome["groups"] {
	return Object.fromEntries([...groups].map(([name, group]) => [name, memory.state(group)]));
}

function byName<T>(actors: readonly Actor[], value: (actor: Actor) => T): Record<string, T> {
	return Object.fromEntries(actors.map((actor) => [actor.name, value(actor)]));
}
