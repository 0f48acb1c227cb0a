/**
 * What agents of nodes have to tell: each looks at its node at times of its own, tells then what has come together, in the order in which it
 * came, and sends no more requests than its client may.
 */
import type { NodeId } from "../cell/ids.js";
import type { Engine, EventKind } from "../engine/engine.js";
import type { SimTime } from "../engine/time.js";
import { type RateLimit, TokenBucket, UNLIMITED } from "./token-bucket.js";

/** What agents do with what happens on their nodes. */
export interface AgentTelling {
	/** When an agent tells what has happened on its node by now; not before now. */
	readonly sentUs: (nowUs: SimTime, node: NodeId) => SimTime;
	/** From its look until it tells what it has found then; default nothing. */
	readonly takesUs?: SimTime;
	/** On the requests of each agent; default none. */
	readonly client?: RateLimit;
}

interface Found<Letter> {
	readonly letter: Letter;
	readonly requests: number;
}

interface Box<Letter> {
	/** Until the agent looks. */
	noticed: Found<Letter>[];
	/** Until it has made out what it saw. */
	readonly seen: { readonly dueUs: SimTime; readonly letters: readonly Found<Letter>[] }[];
	/** Until its client may. */
	readonly held: Letter[];
	readonly bucket: TokenBucket;
}

export class Outboxes<Letter> {
	readonly #engine: Engine;
	readonly #telling: AgentTelling;
	readonly #send: (letter: Letter) => void;
	readonly #looks: EventKind;
	readonly #tells: EventKind;
	readonly #mayGo: EventKind;
	/** By node. */
	readonly #boxes: Box<Letter>[] = [];

	constructor(engine: Engine, phase: number, telling: AgentTelling, send: (letter: Letter) => void) {
		this.#engine = engine;
		this.#telling = telling;
		this.#send = send;
		this.#looks = engine.kind("agent-looks", phase, (node) => this.#look(node as NodeId));
		this.#tells = engine.kind("agent-tells", phase, (node) => this.#tell(node as NodeId, engine.nowUs));
		this.#mayGo = engine.kind("agent-request", phase, (node) => this.#send(this.#boxes[node]!.held.shift()!));
	}

	/** `requests`: how many it takes to tell it. */
	put(node: NodeId, letter: Letter, requests: number): void {
		const { noticed } = this.#boxOf(node);
		if (noticed.push({ letter, requests }) > 1) return;
		this.#engine.schedule(this.#telling.sentUs(this.#engine.nowUs, node), this.#looks, node);
	}

	/** Requests of an agent that tell nothing of which anybody takes notice, and that others have to wait for. */
	spend(node: NodeId, requests: number): void {
		const { bucket } = this.#boxOf(node);
		for (let i = 0; i < requests; i++) bucket.take(this.#engine.nowUs);
	}

	/** The agent tells at once what there is to tell. */
	flush(node: NodeId): void {
		this.#tell(node, Number.POSITIVE_INFINITY);
		this.#post(node, this.#taken(node));
	}

	#look(node: NodeId): void {
		const { takesUs = 0 } = this.#telling;
		const letters = this.#taken(node);
		if (takesUs === 0) this.#post(node, letters);
		else {
			const dueUs = this.#engine.nowUs + takesUs;
			this.#boxOf(node).seen.push({ dueUs, letters });
			this.#engine.schedule(dueUs, this.#tells, node);
		}
	}

	#taken(node: NodeId): readonly Found<Letter>[] {
		const box = this.#boxOf(node);
		const { noticed } = box;
		box.noticed = [];
		return noticed;
	}

	/** What is made out by then. */
	#tell(node: NodeId, byUs: SimTime): void {
		const { seen } = this.#boxOf(node);
		while (seen.length > 0 && seen[0]!.dueUs <= byUs) this.#post(node, seen.shift()!.letters);
	}

	#post(node: NodeId, letters: readonly Found<Letter>[]): void {
		const { held, bucket } = this.#boxOf(node);
		const { nowUs } = this.#engine;
		for (const { letter, requests } of letters) {
			let atUs = nowUs;
			for (let i = 0; i < requests; i++) atUs = bucket.take(nowUs);
			if (atUs === nowUs) this.#send(letter);
			else {
				held.push(letter);
				this.#engine.schedule(atUs, this.#mayGo, node);
			}
		}
	}

	#boxOf(node: NodeId): Box<Letter> {
		const { client = UNLIMITED } = this.#telling;
		return (this.#boxes[node] ??= { noticed: [], seen: [], held: [], bucket: new TokenBucket(client) });
	}
}
