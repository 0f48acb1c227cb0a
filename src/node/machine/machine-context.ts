/** What machines of a cell have in common. */
import type { SimTime } from "../../engine/time.js";
import type { MachineOptions } from "./machine-options.js";
import type { MachineContainer } from "./machine-pod.js";
import type { LeafColumns } from "./memory-leaves.js";
import type { ThrottleBook } from "./throttle-rates.js";
import type { UsageWriter } from "./usage-writer.js";

/** Where containers' images come from. */
export interface ImageSource {
	/** A container is to start: true if its image is there, else `Machine.imageArrived` says when. */
	wants(node: number, container: MachineContainer, nowUs: SimTime): boolean;
	/** A container is gone, or will never start; it may have wanted no image. */
	gone(container: MachineContainer, nowUs: SimTime): void;
}

export interface MachineContext {
	readonly options: MachineOptions;
	readonly usage: UsageWriter;
	/** Working space. */
	readonly leaves: LeafColumns;
	readonly throttles: ThrottleBook;
	/** Null: all images are everywhere. */
	readonly images: ImageSource | null;
}
