/** A group of equal nodes: how many there shall be, which there are, and what became of it when it was made larger. */
import { sampler } from "../../../engine/distributions.js";
import type { Random } from "../../../engine/random.js";
import type { SimTime } from "../../../engine/time.js";
import { nodeFromTemplate } from "../../../objects/node.js";
import type { NodeSpec } from "../../../objects/spec.js";
import type { Cloud } from "../../autoscaling/cloud.js";
import type { NodeGroupOptions } from "./schema.js";

/** How long a group is left alone after a node did not come (cluster-autoscaler's utils/backoff/exponential_backoff.go). */
export interface GroupBackoff {
	readonly initialUs: SimTime;
	readonly mostUs: SimTime;
	readonly forgottenUs: SimTime;
}

const HOSTNAME = "kubernetes.io/hostname";

export class NodeGroup {
	readonly options: NodeGroupOptions;
	/** Nodes that are there or on their way, by name, the oldest first; those that are being emptied too. */
	readonly nodes = new Set<string>();
	readonly #cloud: Cloud;
	readonly #takesUs: () => SimTime;
	#count = 0;
	#backoffUs = 0;
	#failedUs = Number.NEGATIVE_INFINITY;

	/** With its first nodes. */
	constructor(options: NodeGroupOptions, cloud: Cloud, random: Random) {
		this.options = options;
		this.#cloud = cloud;
		this.#takesUs = sampler(options.provisioningTime, random);
		for (let n = 0; n < (options.size ?? options.minSize); n++) this.#order(0);
	}

	get name(): string {
		return this.options.name;
	}

	/** The size that it is to have. */
	get size(): number {
		return this.nodes.size;
	}

	get room(): number {
		return this.options.maxSize - this.size;
	}

	grow(nodes: number): void {
		for (let n = 0; n < nodes; n++) this.#order(this.#takesUs());
	}

	/** A node of it as it is when it comes. */
	template(name: string): NodeSpec {
		const { template, price } = this.options;
		const node = nodeFromTemplate(template, name);
		return { ...node, labels: { [HOSTNAME]: name, ...node.labels }, price };
	}

	/** A node did not come: the group is left alone, ever longer if that happens again. */
	failed(nowUs: SimTime, { initialUs, mostUs, forgottenUs }: GroupBackoff): void {
		const isFirst = this.#backoffUs === 0 || nowUs - this.#failedUs > forgottenUs;
		this.#backoffUs = isFirst ? initialUs : Math.min(mostUs, this.#backoffUs * 2);
		this.#failedUs = nowUs;
	}

	isLeftAlone(nowUs: SimTime): boolean {
		return nowUs < this.#failedUs + this.#backoffUs;
	}

	#order(afterUs: SimTime): void {
		const name = `${this.name}-${this.#count++}`;
		this.nodes.add(name);
		this.#cloud.order(this.template(name), afterUs);
	}
}
