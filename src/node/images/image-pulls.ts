/**
 * Pulls of images to the nodes of a cell: each node's queue, the limits on how many it begins, the registry's and the nodes' bandwidth, failures
 * with back-off, and the collection of images when disks fill up. Pure state in virtual time: call `advance` at `nextDueUs`.
 *
 * A pull waits for its turn on the node, asks the registry (`latencyUs`), transfers the layers that the node neither has nor is getting
 * already, waits for those that other pulls bring, and is done. It fails at its turn when the node pulls too often or the registry
 * refuses, or when the disk has no room; then it comes back after 10 s, 20 s, ... 300 s.
 *
 * Source: pkg/kubelet/images (image_manager.go, puller.go, helpers.go), client-go's flow control, the kubelet's defaults.
 *
 * Divergence from the kubelet: the back-off belongs to one pull and not to a pod's image over its life, and comes back on time
 * where a kubelet waits for the pod's next sync. Layers of a pull arrive together, at its end, so that another pull of the
 * same layers waits for all of it. Unpacking is part of the transfer: a node's speed is the smaller of its link and its disk.
 */
import type { SimTime } from "../../engine/time.js";
import { Agenda } from "./agenda.js";
import type { ImageCatalogue } from "./image-catalogue.js";
import { ImageStore } from "./image-store.js";
import type { PullOptions } from "./pull-options.js";
import { TokenBucket } from "./token-bucket.js";
import { Transfers } from "./transfers.js";

export interface NodeDisk {
	readonly diskBytes: number;
	/** The smaller of the node's link and its disk's writing speed, finite. */
	readonly bytesPerS: number;
	/** Images that are there from the beginning. */
	readonly images: readonly number[];
}

/** Numbers a pull; never used again. */
export type PullTicket = number;

export interface PullFailure {
	readonly ticket: PullTicket;
	readonly reason: "pull-qps-exceeded" | "registry-refused" | "disk-full";
	/** When it is tried again. */
	readonly retryUs: SimTime;
}

export interface PullNews {
	/** Pulls that are complete, in order of time, then ticket. Their images are there; `use` them before time goes on. */
	readonly finished: readonly PullTicket[];
	readonly failed: readonly PullFailure[];
	/** Nodes whose images are others than before, once each: their `nodeImages` belong into the cell. */
	readonly changedNodes: readonly number[];
}

export type PullStage = "queued" | "asking" | "transferring" | "awaiting" | "backing-off";

interface Pull {
	readonly ticket: PullTicket;
	readonly node: NodeState;
	readonly image: number;
	stage: PullStage;
	failures: number;
	/** Layers that this pull brings. */
	own: readonly number[];
	/** Pulls of the node that bring others of its layers, and those that wait for this one. */
	readonly awaited: Set<Pull>;
	readonly waiters: Set<Pull>;
	/** Nobody wants to hear of it any more. */
	cancelled: boolean;
}

interface NodeState {
	readonly id: number;
	readonly store: ImageStore;
	readonly bucket: TokenBucket;
	readonly addedUs: SimTime;
	readonly queue: Pull[];
	/** By layer: who brings it. */
	readonly bringers: Map<number, Pull>;
	/** Pulls that have begun and not ended. */
	active: number;
	/** Somebody looks at the disk until it is less full. */
	watched: boolean;
}

interface News {
	readonly finished: PullTicket[];
	readonly failed: PullFailure[];
	readonly changed: Set<number>;
}

export class ImagePulls {
	readonly #catalogue: ImageCatalogue;
	readonly #options: PullOptions;
	readonly #transfers: Transfers;
	readonly #nodes = new Map<number, NodeState>();
	/** All that are not complete. */
	readonly #pulls = new Map<PullTicket, Pull>();
	/** Those that ask or back off, and until when. */
	readonly #timed = new Agenda<Pull>();
	/** Nodes whose disk is too full, and the next look at it. */
	readonly #full = new Agenda<NodeState>();
	/** Nodes whose queue may move, since when. */
	readonly #ready = new Set<NodeState>();
	#readyUs: SimTime = Number.POSITIVE_INFINITY;
	#nextTicket = 0;

	constructor(catalogue: ImageCatalogue, options: PullOptions) {
		this.#catalogue = catalogue;
		this.#options = options;
		this.#transfers = new Transfers(options.registryBytesPerS);
	}

	/** Error if the images do not fit. */
	addNode(id: number, { diskBytes, bytesPerS, images }: NodeDisk, nowUs: SimTime): void {
		const { qps, burst, collection } = this.#options;
		const store = new ImageStore(this.#catalogue, diskBytes, collection);
		for (const image of images) store.preload(image, nowUs);
		const node: NodeState = {
			id,
			store,
			bucket: new TokenBucket(qps, burst, nowUs),
			addedUs: nowUs,
			queue: [],
			bringers: new Map(),
			active: 0,
			watched: false,
		};
		this.#nodes.set(id, node);
		this.#transfers.addNode(id, bytesPerS);
		this.#watchDisk(node, nowUs);
	}

	/** The node's pulls are gone with it, unheard of. */
	removeNode(id: number, nowUs: SimTime): void {
		const node = this.#node(id);
		for (const pull of [...this.#pulls.values()]) if (pull.node === node) this.#forget(pull);
		this.#transfers.removeNode(id, nowUs);
		this.#nodes.delete(id);
		this.#full.delete(node);
		this.#ready.delete(node);
	}

	/** What the node has. */
	store(id: number): Pick<ImageStore, "has" | "nodeImages" | "usedBytes" | "diskBytes"> {
		return this.#node(id).store;
	}

	/** A container uses the image from now on, so that it stays. Error if the node does not have it. */
	use(id: number, image: number): void {
		this.#node(id).store.use(image);
	}

	/** A container that used the image is gone. */
	release(id: number, image: number, nowUs: SimTime): void {
		this.#node(id).store.release(image, nowUs);
	}

	/** Other data on the node's disk grew by so many bytes, or shrank. */
	growOther(id: number, bytes: number, nowUs: SimTime): void {
		const node = this.#node(id);
		node.store.growOther(bytes);
		this.#watchDisk(node, nowUs);
	}

	/** Wants the image on the node. It begins, and may be done, with the next `advance`, which is due now. */
	pull(id: number, image: number, nowUs: SimTime): PullTicket {
		const node = this.#node(id);
		const ticket = this.#nextTicket++;
		const pull: Pull = {
			ticket,
			node,
			image,
			stage: "queued",
			failures: 0,
			own: [],
			awaited: new Set(),
			waiters: new Set(),
			cancelled: false,
		};
		this.#pulls.set(ticket, pull);
		this.#queue(pull, nowUs);
		return ticket;
	}

	/** The caller does not want it any more and will not hear of it. One that has begun goes on, as in a container runtime. */
	cancel(ticket: PullTicket): void {
		const pull = this.#pulls.get(ticket);
		if (!pull) return;
		pull.cancelled = true;
		if (pull.stage === "queued") pull.node.queue.splice(pull.node.queue.indexOf(pull), 1);
		if (pull.stage === "queued" || pull.stage === "backing-off") this.#forget(pull);
	}

	/** Where a pull stands; null once it is complete, cancelled before it began, or its node gone. */
	stage(ticket: PullTicket): PullStage | null {
		return this.#pulls.get(ticket)?.stage ?? null;
	}

	/** When something happens next; Infinity if nothing will by itself. */
	get nextDueUs(): SimTime {
		return Math.min(this.#transfers.nextEndUs, this.#readyUs, this.#timed.nextUs, this.#full.nextUs);
	}

	/** Lets time pass up to `nowUs`, and tells what happened since the last time. */
	advance(nowUs: SimTime): PullNews {
		const news: News = { finished: [], failed: [], changed: new Set() };
		for (let dueUs = this.nextDueUs; dueUs <= nowUs; dueUs = this.nextDueUs) this.#step(dueUs, news);
		return { finished: news.finished, failed: news.failed, changedNodes: [...news.changed] };
	}

	#step(nowUs: SimTime, news: News): void {
		for (const ticket of this.#transfers.advance(nowUs)) this.#arrive(this.#pulls.get(ticket)!, nowUs, news);
		for (const pull of this.#timed.take(nowUs).sort((a, b) => a.ticket - b.ticket)) {
			if (pull.stage === "asking") this.#transfer(pull, nowUs, news);
			else this.#queue(pull, nowUs);
		}
		if (this.#readyUs <= nowUs) {
			const ready = [...this.#ready].sort((a, b) => a.id - b.id);
			this.#ready.clear();
			this.#readyUs = Number.POSITIVE_INFINITY;
			for (const node of ready) this.#begin(node, nowUs, news);
		}
		for (const node of this.#full.take(nowUs).sort((a, b) => a.id - b.id)) this.#collect(node, nowUs, news);
	}

	#queue(pull: Pull, nowUs: SimTime): void {
		pull.stage = "queued";
		pull.node.queue.push(pull);
		this.#free(pull.node, nowUs);
	}

	/** The node's queue may move. */
	#free(node: NodeState, nowUs: SimTime): void {
		if (node.queue.length === 0) return;
		this.#ready.add(node);
		this.#readyUs = Math.min(this.#readyUs, nowUs);
	}

	#begin(node: NodeState, nowUs: SimTime, news: News): void {
		const { maxParallel, latencyUs, refuses } = this.#options;
		while (node.active < maxParallel && node.queue.length > 0) {
			const pull = node.queue.shift()!;
			node.active++;
			if (!node.bucket.take(nowUs)) this.#fail(pull, "pull-qps-exceeded", nowUs, news);
			else if (refuses?.(node.id, pull.image)) this.#fail(pull, "registry-refused", nowUs, news);
			else this.#wait(pull, "asking", nowUs + latencyUs);
		}
	}

	#wait(pull: Pull, stage: "asking" | "backing-off", untilUs: SimTime): void {
		pull.stage = stage;
		this.#timed.set(pull, untilUs);
	}

	#transfer(pull: Pull, nowUs: SimTime, news: News): void {
		const { node, image } = pull;
		const reserved = node.store.reserve(image);
		if (!reserved) {
			// The kubelet would see the disk run full; what nobody uses goes before the next try.
			if (node.store.collectUnused(nowUs).length > 0) news.changed.add(node.id);
			this.#fail(pull, "disk-full", nowUs, news);
			return;
		}
		this.#watchDisk(node, nowUs);
		pull.own = reserved.own;
		for (const layer of reserved.coming) {
			const bringer = node.bringers.get(layer)!;
			pull.awaited.add(bringer);
			bringer.waiters.add(pull);
		}
		for (const layer of pull.own) node.bringers.set(layer, pull);
		pull.stage = "transferring";
		if (pull.own.length === 0) {
			this.#arrive(pull, nowUs, news);
			return;
		}
		const bytes = pull.own.reduce((sum, layer) => sum + this.#catalogue.layerBytes[layer]!, 0);
		this.#transfers.start(pull.ticket, node.id, bytes, nowUs);
	}

	/** Its own layers are there. */
	#arrive(pull: Pull, nowUs: SimTime, news: News): void {
		const { node, own } = pull;
		node.store.arrive(own);
		for (const layer of own) node.bringers.delete(layer);
		pull.stage = "awaiting";
		if (pull.awaited.size === 0) this.#complete(pull, nowUs, news);
		for (const waiter of pull.waiters) {
			waiter.awaited.delete(pull);
			if (waiter.stage === "awaiting" && waiter.awaited.size === 0) this.#complete(waiter, nowUs, news);
		}
	}

	#complete(pull: Pull, nowUs: SimTime, news: News): void {
		const { node, image, ticket, cancelled } = pull;
		if (node.store.complete(image, nowUs)) news.changed.add(node.id);
		if (!cancelled) news.finished.push(ticket);
		this.#forget(pull);
		node.active--;
		this.#free(node, nowUs);
	}

	#fail(pull: Pull, reason: PullFailure["reason"], nowUs: SimTime, news: News): void {
		const { backOffUs, maxBackOffUs } = this.#options;
		pull.node.active--;
		this.#free(pull.node, nowUs);
		if (pull.cancelled) {
			this.#forget(pull);
			return;
		}
		const retryUs = nowUs + Math.min(maxBackOffUs, backOffUs * 2 ** pull.failures++);
		this.#wait(pull, "backing-off", retryUs);
		news.failed.push({ ticket: pull.ticket, reason, retryUs });
	}

	#forget(pull: Pull): void {
		this.#pulls.delete(pull.ticket);
		this.#timed.delete(pull);
	}

	/** Looks are at whole periods after the node came; only those that find the disk too full matter. */
	#watchDisk(node: NodeState, nowUs: SimTime): void {
		const full = node.store.overThreshold;
		if (full === node.watched) return;
		node.watched = full;
		const { periodUs } = this.#options.collection;
		const nextUs = node.addedUs + (Math.floor((nowUs - node.addedUs) / periodUs) + 1) * periodUs;
		this.#full.set(node, full ? nextUs : Number.POSITIVE_INFINITY);
	}

	#collect(node: NodeState, nowUs: SimTime, news: News): void {
		if (node.store.collect(nowUs).length > 0) news.changed.add(node.id);
		node.watched = false;
		this.#watchDisk(node, nowUs);
	}

	#node(id: number): NodeState {
		const node = this.#nodes.get(id);
		if (!node) throw new Error(`there is no node ${id}`);
		return node;
	}
}
