/**
 * Transfers from one source to many nodes at the same time, fluid: all share the source's bandwidth, those of a node the node's
 * link, max-min by transfer. Pure state in virtual time; the caller comes back at `nextEndUs`.
 *
 * Transfers of one node always go at one speed. A node therefore counts the bytes that each of its transfers has got since it began to
 * count, its service, and a transfer ends when the service has reached a mark. As long as the source has enough for all links, a
 * change on one of them concerns no other.
 *
 * Divergence from networks: no latency, ramp-up or loss; rates follow every change at once.
 */
import type { SimTime } from "../../engine/time.js";
import { Agenda } from "./agenda.js";

interface Link {
	readonly bytesPerS: number;
	/** By mark, then id. */
	readonly transfers: { readonly id: number; readonly mark: number }[];
	/** At `atUs`. */
	service: number;
	atUs: SimTime;
	/** Of each transfer, bytes a microsecond. */
	rate: number;
}

/** Marks are met within this; rounding leaves far less, and a transfer has whole bytes. */
const TOLERANCE_BYTES = 0.25;

export class Transfers {
	readonly #sourceBytesPerS: number;
	readonly #links = new Map<number, Link>();
	/** Links with transfers, what they can take together, and when a transfer ends on them. */
	readonly #busy = new Set<Link>();
	#busyBytesPerS = 0;
	readonly #ends = new Agenda<Link>();
	/** Links with transfers that began or ended at `#changedUs`; what all get is found out when it is asked for. */
	readonly #changed = new Set<Link>();
	#changedUs: SimTime = 0;

	/** Infinity for a source without limit. */
	constructor(sourceBytesPerS: number) {
		this.#sourceBytesPerS = sourceBytesPerS;
	}

	/** When the next transfer ends; Infinity while there is none. */
	get nextEndUs(): SimTime {
		this.#share();
		return this.#ends.nextUs;
	}

	/** Error for a link without a limit: nothing would ever take time. */
	addNode(node: number, bytesPerS: number): void {
		if (!(bytesPerS > 0 && bytesPerS < Number.POSITIVE_INFINITY))
			throw new Error(`a link has bytes/s, not ${bytesPerS}`);
		this.#links.set(node, { bytesPerS, transfers: [], service: 0, atUs: 0, rate: 0 });
	}

	/** The node's transfers end without an end. */
	removeNode(node: number, nowUs: SimTime): void {
		const link = this.#links.get(node)!;
		this.#change(link, nowUs);
		this.#links.delete(node);
		link.transfers.length = 0;
	}

	/** Begins a transfer of `bytes`, 0 included. Ids are never used twice. */
	start(id: number, node: number, bytes: number, nowUs: SimTime): void {
		const link = this.#links.get(node)!;
		this.#change(link, nowUs);
		// Marks stay small where bytes are many, and exact.
		if (link.transfers.length === 0) link.service = 0;
		const transfer = { id, mark: link.service + bytes };
		const at = link.transfers.findIndex(({ mark }) => mark > transfer.mark);
		link.transfers.splice(at === -1 ? link.transfers.length : at, 0, transfer);
	}

	/** Lets time pass up to `nowUs`, which is not after `nextEndUs`; the ids of the transfers that ended then, in order. */
	advance(nowUs: SimTime): number[] {
		this.#expectNoEndBefore(nowUs);
		const ended: number[] = [];
		for (const link of this.#ends.take(nowUs)) {
			this.#change(link, nowUs);
			while (link.transfers[0] !== undefined && link.transfers[0].mark <= link.service + TOLERANCE_BYTES)
				ended.push(link.transfers.shift()!.id);
		}
		return ended.sort((a, b) => a - b);
	}

	/** What all transfers of a node get together now, bytes a second. */
	rateOf(node: number): number {
		this.#share();
		const { rate, transfers } = this.#links.get(node)!;
		return rate * transfers.length * 1e6;
	}

	#expectNoEndBefore(nowUs: SimTime): void {
		const endUs = this.nextEndUs;
		if (nowUs > endUs) throw new Error(`a transfer ended at ${endUs} us, before ${nowUs} us`);
	}

	/** Before transfers of a link begin or end. */
	#change(link: Link, nowUs: SimTime): void {
		if (this.#changed.size === 0 || this.#changedUs !== nowUs) this.#expectNoEndBefore(nowUs);
		settle(link, nowUs);
		this.#changed.add(link);
		this.#changedUs = nowUs;
	}

	/** Gives what changed its rates, and all others theirs if they share what is scarce. */
	#share(): void {
		if (this.#changed.size === 0) return;
		let scarce = this.#busyBytesPerS > this.#sourceBytesPerS;
		for (const link of this.#changed) {
			if (link.transfers.length > 0 && !this.#busy.has(link)) {
				this.#busy.add(link);
				this.#busyBytesPerS += link.bytesPerS;
			} else if (link.transfers.length === 0) {
				if (this.#busy.delete(link)) this.#busyBytesPerS -= link.bytesPerS;
				link.rate = 0;
				this.#ends.delete(link);
			}
		}
		scarce ||= this.#busyBytesPerS > this.#sourceBytesPerS;
		const rate = scarce ? this.#fairRate() : Number.POSITIVE_INFINITY;
		for (const link of scarce ? this.#busy : this.#changed) if (link.transfers.length > 0) this.#setRate(link, rate);
		this.#changed.clear();
	}

	#setRate(link: Link, fairRate: number): void {
		const nowUs = this.#changedUs;
		settle(link, nowUs);
		link.rate = Math.min(fairRate, link.bytesPerS / 1e6 / link.transfers.length);
		const left = link.transfers[0]!.mark - link.service;
		this.#ends.set(link, left <= TOLERANCE_BYTES ? nowUs : nowUs + Math.ceil(left / link.rate));
	}

	/** What the source gives to each transfer whose link can take it: the others take less, and leave more to these. */
	#fairRate(): number {
		let rate = 0;
		for (;;) {
			let left = this.#sourceBytesPerS / 1e6;
			let transfers = 0;
			for (const { bytesPerS, transfers: own } of this.#busy) {
				const most = bytesPerS / 1e6;
				if (most < rate * own.length) left -= most;
				else transfers += own.length;
			}
			const higher = transfers === 0 ? Number.POSITIVE_INFINITY : left / transfers;
			if (higher <= rate * (1 + Number.EPSILON * 8)) return rate;
			rate = higher;
			if (rate === Number.POSITIVE_INFINITY) return rate;
		}
	}
}

function settle(link: Link, nowUs: SimTime): void {
	link.service += link.rate * (nowUs - link.atUs);
	link.atUs = nowUs;
}
