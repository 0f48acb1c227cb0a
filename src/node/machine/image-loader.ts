/**
 * Images for the containers of all machines of a cell: a container whose image is not on its node waits for the pull. Joins
 * `ImagePulls`, which knows nodes and times, with the engine and the machines.
 *
 * Divergence from Kubernetes: pods that run already when the simulation begins need no images, and an image that the experiment does
 * not describe is everywhere.
 */
import type { Cell } from "../../cell/cell.js";
import type { NodeId } from "../../cell/ids.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import type { EventHandle } from "../../engine/event-store.js";
import type { SimTime } from "../../engine/time.js";
import { ImageCatalogue } from "../images/image-catalogue.js";
import { ImagePulls, type PullTicket } from "../images/image-pulls.js";
import { pullNeed } from "../images/pull-options.js";
import type { ImageSource } from "./machine-context.js";
import type { MachineImages } from "./machine-options.js";
import type { MachineContainer } from "./machine-pod.js";

const NONE = -1;

/** A container that waits for its image, or uses it. */
interface Claim {
	readonly container: MachineContainer;
	readonly node: NodeId;
	readonly image: number;
	/** Null once the image is there. */
	ticket: PullTicket | null;
}

/** The image of a container that waited for it is on its node, and in use. */
export type ImageArrived = (node: NodeId, container: MachineContainer) => void;

export class ImageLoader implements ImageSource {
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #options: MachineImages;
	readonly #arrived: ImageArrived;
	readonly #catalogue: ImageCatalogue;
	readonly #pulls: ImagePulls;
	readonly #due: EventKind;
	readonly #claims = new Map<MachineContainer, Claim>();
	readonly #waiting = new Map<PullTicket, Claim>();
	#event: number = NONE;
	#eventUs: SimTime = Number.POSITIVE_INFINITY;

	constructor(engine: Engine, cell: Cell, phase: number, options: MachineImages, arrived: ImageArrived) {
		this.#engine = engine;
		this.#cell = cell;
		this.#options = options;
		this.#arrived = arrived;
		this.#catalogue = new ImageCatalogue(options.images);
		this.#pulls = new ImagePulls(this.#catalogue, options.pulls);
		this.#due = engine.kind("image-pull", phase, () => this.#fire());
	}

	/** The images that its spec names are there from the beginning, as far as the experiment describes them. */
	addNode(node: NodeId): void {
		const named = (this.#cell.nodes.specs[node]!.images ?? []).flatMap(({ names }) => names);
		const images = named.map((name) => this.#catalogue.find(name)).filter((image) => image !== undefined);
		const { diskBytes, bytesPerS } = this.#options;
		this.#pulls.addNode(node, { diskBytes, bytesPerS, images: [...new Set(images)] }, this.#engine.nowUs);
		this.#arm();
	}

	removeNode(node: NodeId): void {
		this.#pulls.removeNode(node, this.#engine.nowUs);
		this.#arm();
	}

	wants(node: number, container: MachineContainer, nowUs: SimTime): boolean {
		const image = this.#catalogue.find(container.run.image);
		if (image === undefined || container.pod.ranBefore) return true;
		const claim: Claim = { container, node: node as NodeId, image, ticket: null };
		const need = pullNeed(container.run.imagePullPolicy, this.#pulls.store(node).has(image));
		// Only somebody who changes the node could help, and nobody does.
		if (need === "never") return false;
		this.#claims.set(container, claim);
		if (need === "nothing") {
			this.#pulls.use(node, image);
			return true;
		}
		claim.ticket = this.#pulls.pull(node, image, nowUs);
		this.#waiting.set(claim.ticket, claim);
		this.#arm();
		return false;
	}

	gone(container: MachineContainer, nowUs: SimTime): void {
		const claim = this.#claims.get(container);
		if (claim === undefined) return;
		this.#claims.delete(container);
		if (claim.ticket === null) this.#pulls.release(claim.node, claim.image, nowUs);
		else {
			this.#pulls.cancel(claim.ticket);
			this.#waiting.delete(claim.ticket);
		}
		this.#arm();
	}

	#fire(): void {
		this.#event = NONE;
		const { finished, changedNodes } = this.#pulls.advance(this.#engine.nowUs);
		for (const ticket of finished) {
			const claim = this.#waiting.get(ticket);
			if (claim === undefined) continue;
			this.#waiting.delete(ticket);
			claim.ticket = null;
			this.#pulls.use(claim.node, claim.image);
			this.#arrived(claim.node, claim.container);
		}
		for (const node of changedNodes) {
			const images = this.#pulls.store(node).nodeImages();
			this.#cell.updateNode(node as NodeId, { ...this.#cell.nodes.specs[node]!, images });
		}
		this.#arm();
	}

	/** Makes the one event stand at the time of what happens next. */
	#arm(): void {
		const dueUs = this.#pulls.nextDueUs;
		if (this.#event !== NONE && this.#eventUs === dueUs) return;
		if (this.#event !== NONE) this.#engine.cancel(this.#event as EventHandle);
		this.#eventUs = dueUs;
		this.#event = dueUs === Number.POSITIVE_INFINITY ? NONE : this.#engine.schedule(dueUs, this.#due, 0);
	}
}
