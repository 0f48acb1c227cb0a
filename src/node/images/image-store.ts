/**
 * The images on one node's disk, and the kubelet's garbage collection of them: when the disk is fuller than the high threshold,
 * images that no container uses go, least recently used first, until the low threshold should be reached.
 *
 * Source: pkg/kubelet/images/image_gc_manager.go and the kubelet's defaults (85 %, 80 %, 2 minutes, every 5 minutes).
 *
 * Divergence from the kubelet: it learns of uses and new images when it looks, every 5 minutes; here their times are exact. As there, what
 * a collection frees is counted in whole images, though layers that other images have stay.
 */
import type { SimTime } from "../../engine/time.js";
import type { NodeImage } from "../../objects/spec.js";
import type { ImageCatalogue } from "./image-catalogue.js";

export interface CollectionOptions {
	/** Percent of the disk in use, whole numbers: collect from `high` on, down to `low`. */
	readonly highPercent: number;
	readonly lowPercent: number;
	/** Younger images stay. */
	readonly minAgeUs: SimTime;
	/** Time between two looks at the disk. */
	readonly periodUs: SimTime;
}

export const KUBELET_COLLECTION: CollectionOptions = {
	highPercent: 85,
	lowPercent: 80,
	minAgeUs: 120_000_000,
	periodUs: 300_000_000,
};

interface StoredImage {
	readonly sinceUs: SimTime;
	/** When the last container that used it went; -Infinity if none ever did. */
	lastUsedUs: SimTime;
	/** When a pull of it ended last: who waited for that uses it at the same instant, and it stays until then. */
	pulledUs: SimTime;
	users: number;
}

export class ImageStore {
	/** Bytes of the disk that images, layers on their way, and everything else take. */
	usedBytes = 0;
	readonly diskBytes: number;
	readonly #catalogue: ImageCatalogue;
	readonly #options: CollectionOptions;
	/** By image, in the order of arrival. */
	readonly #images = new Map<number, StoredImage>();
	/** By layer: images and pulls that need it. */
	readonly #layerUsers = new Map<number, number>();
	/** Layers whose bytes are reserved, not here yet. */
	readonly #coming = new Set<number>();

	constructor(catalogue: ImageCatalogue, diskBytes: number, options: CollectionOptions = KUBELET_COLLECTION) {
		this.#catalogue = catalogue;
		this.#options = options;
		this.diskBytes = diskBytes;
	}

	has(image: number): boolean {
		return this.#images.has(image);
	}

	/** Other data on the same disk grew by so many bytes; negative if it shrank. */
	growOther(bytes: number): void {
		this.usedBytes += bytes;
	}

	/** A container uses the image from now on; it is not collected until all that do are gone. Error if the image is not here. */
	use(image: number): void {
		this.#stored(image).users++;
	}

	/** A container that used the image is gone. Error if none used it. */
	release(image: number, nowUs: SimTime): void {
		const stored = this.#stored(image);
		if (stored.users === 0) throw new Error(`nobody uses image '${this.#catalogue.names[image]!}'`);
		stored.users--;
		stored.lastUsedUs = nowUs;
	}

	/**
	 * Keeps the image's layers for a pull and reserves room for those that are neither here nor coming: these are its own to bring, `coming` are
	 * brought by others. Null, and nothing kept, if the disk is too full for them.
	 */
	reserve(image: number): { readonly own: readonly number[]; readonly coming: readonly number[] } | null {
		const layers = this.#catalogue.layers[image]!;
		const own = layers.filter((layer) => !this.#layerUsers.has(layer));
		const coming = layers.filter((layer) => this.#coming.has(layer));
		const bytes = own.reduce((sum, layer) => sum + this.#catalogue.layerBytes[layer]!, 0);
		if (this.usedBytes + bytes > this.diskBytes) return null;
		this.usedBytes += bytes;
		for (const layer of own) this.#coming.add(layer);
		for (const layer of layers) this.#keep(layer);
		return { own, coming };
	}

	/** Layers that a pull reserved as its own are here. */
	arrive(layers: readonly number[]): void {
		for (const layer of layers) this.#coming.delete(layer);
	}

	/** A pull is complete: what it kept is the image's now. False if the image was here already. */
	complete(image: number, nowUs: SimTime): boolean {
		const there = this.#images.get(image);
		if (there !== undefined) {
			there.pulledUs = nowUs;
			for (const layer of this.#catalogue.layers[image]!) this.#drop(layer);
			return false;
		}
		this.#images.set(image, { sinceUs: nowUs, lastUsedUs: Number.NEGATIVE_INFINITY, pulledUs: nowUs, users: 0 });
		return true;
	}

	/** The image is here, without a pull. Error if there is no room for it. */
	preload(image: number, nowUs: SimTime): void {
		const reserved = this.reserve(image);
		if (!reserved)
			throw new Error(`image '${this.#catalogue.names[image]!}' does not fit on a disk of ${this.diskBytes} bytes`);
		this.arrive(reserved.own);
		this.complete(image, nowUs);
	}

	/** Whether the disk is so full that the next look at it collects. */
	get overThreshold(): boolean {
		const available = Math.max(0, this.diskBytes - this.usedBytes);
		return 100 - Math.floor((available * 100) / this.diskBytes) >= this.#options.highPercent;
	}

	/** One look at the disk: what goes if it is too full, in order. */
	collect(nowUs: SimTime): number[] {
		if (!this.overThreshold) return [];
		const available = Math.max(0, this.diskBytes - this.usedBytes);
		return this.#free(Math.floor((this.diskBytes * (100 - this.#options.lowPercent)) / 100) - available, nowUs);
	}

	/** Everything unused and old enough goes: what the kubelet does for a disk that is full up. */
	collectUnused(nowUs: SimTime): number[] {
		return this.#free(Number.POSITIVE_INFINITY, nowUs);
	}

	/** The images as the node reports them, in the order of arrival: for the node's `images`, which schedulers see. */
	nodeImages(): NodeImage[] {
		const { names, sizeBytes } = this.#catalogue;
		return [...this.#images.keys()].map((image) => ({ names: [names[image]!], sizeBytes: sizeBytes[image]! }));
	}

	#free(bytes: number, nowUs: SimTime): number[] {
		const { minAgeUs } = this.#options;
		const idle = [...this.#images].filter(
			([, { users, sinceUs, pulledUs }]) => users === 0 && nowUs - sinceUs >= minAgeUs && pulledUs < nowUs,
		);
		idle.sort(([a, x], [b, y]) => order(x.lastUsedUs, y.lastUsedUs) || x.sinceUs - y.sinceUs || a - b);
		const gone: number[] = [];
		let freed = 0;
		for (const [image] of idle) {
			if (freed >= bytes) break;
			freed += this.#catalogue.sizeBytes[image]!;
			this.#images.delete(image);
			for (const layer of this.#catalogue.layers[image]!) this.#drop(layer);
			gone.push(image);
		}
		return gone;
	}

	#stored(image: number): StoredImage {
		const stored = this.#images.get(image);
		if (!stored) throw new Error(`image '${this.#catalogue.names[image]!}' is not on the node`);
		return stored;
	}

	#keep(layer: number): void {
		this.#layerUsers.set(layer, (this.#layerUsers.get(layer) ?? 0) + 1);
	}

	#drop(layer: number): void {
		const users = this.#layerUsers.get(layer)! - 1;
		if (users > 0) {
			this.#layerUsers.set(layer, users);
			return;
		}
		this.#layerUsers.delete(layer);
		this.usedBytes -= this.#catalogue.layerBytes[layer]!;
	}
}

/** -Infinity included, whose difference is no number. */
function order(a: number, b: number): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
