/**
 * What users told a service, one after the other. Swarm is imperative: told to scale to 100 and then to 10, it first gets to 100. A scale
 * command is therefore worked off before the next one; a spec that changes the tasks themselves overtakes whatever was told before, as a
 * new spec cancels a running update.
 *
 * Divergence from SwarmKit: it is the daemons on the nodes that work off what they were told (containers that are being created are created,
 * and then stopped); here it is the orchestrator that waits with the next command.
 */
import type { SwarmServiceSpec } from "../../kinds/swarm/service.js";
import { specTextOf } from "./tasks.js";

export class Commands {
	#told: SwarmServiceSpec[];
	readonly #inTurn: boolean;

	/** `inTurn`: whether scale commands are worked off one by one; else the last one counts. */
	constructor(first: SwarmServiceSpec, inTurn: boolean) {
		this.#told = [first];
		this.#inTurn = inTurn;
	}

	/** What is worked off at present. */
	get present(): SwarmServiceSpec {
		return this.#told[0]!;
	}

	get areWaiting(): boolean {
		return this.#told.length > 1;
	}

	tell(spec: SwarmServiceSpec): void {
		const last = this.#told.at(-1)!;
		if (spec === last) return;
		const scales = specTextOf(spec) === specTextOf(last) && spec.deploy.mode === last.deploy.mode;
		if (scales && this.#inTurn) this.#told.push(spec);
		else this.#told = [spec];
	}

	/** The present one is worked off. */
	next(): void {
		this.#told.shift();
	}
}
