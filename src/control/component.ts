/** A program of the control plane that runs controllers, in one or more replicas of which one leads: what it knows, and who of it works. */
import type { Engine } from "../engine/engine.js";
import type { Draft } from "./api-object.js";
import type { Availability } from "./availability/availability.js";
import type { Elected } from "./availability/leader-election.js";
import type { Requests } from "./client.js";
import type { MakeController } from "./controller.js";
import { ControllerManager } from "./controller-manager.js";
import type { Informers } from "./informers.js";
import type { RateLimit } from "./token-bucket.js";

export interface ComponentOptions {
	readonly name: string;
	/** What it knows. */
	readonly seen: Informers;
	readonly controllers: readonly MakeController[];
	/** Has it elected and voted out; its first replica leads from the start. */
	readonly elect: (elected: Elected) => void;
}

/** What components of one plane share. */
export interface Shared {
	readonly phase: number;
	readonly availability: Availability;
	readonly requests: Requests;
	readonly client?: RateLimit;
	/** What a manifest declares. SyncFailed if it would be refused. */
	readonly draftOf: (manifest: unknown) => Draft;
}

export class Component {
	readonly name: string;

	constructor(engine: Engine, shared: Shared, { name, seen, controllers, elect }: ComponentOptions) {
		const { phase, requests, client, draftOf } = shared;
		this.name = name;
		const manager = new ControllerManager(engine, { name, phase, requests, seen, draftOf, ...(client && { client }) });
		for (const make of controllers) manager.run(make);
		elect({ start: () => manager.restart(), stop: () => manager.stop() });
	}
}
