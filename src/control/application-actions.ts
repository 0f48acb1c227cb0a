/** What users do to applications in neutral terms, as actions on the objects of an orchestrator. */

import type { SimTime } from "../engine/time.js";
import { type Application, type DeclaredObject, difference } from "./application.js";
import type { UserAction } from "./user-actions.js";

export type ApplicationAction = { readonly atUs: SimTime; readonly application: string } & (
	| { readonly action: "scale"; readonly replicas: number }
	| { readonly action: "update"; readonly change: Partial<Application> }
	| { readonly action: "remove" }
);

/**
 * The objects of all applications at time 0, and what changes of them by each action, in order of time; `declare` says which
 * objects an application is. An action on an application that was removed creates it anew if it is an update, and is nothing otherwise.
 */
export class ApplicationObjects {
	readonly #declare: (application: Application) => readonly DeclaredObject[];
	readonly #present = new Map<string, Application>();
	readonly #removed = new Map<string, Application>();

	constructor(applications: readonly Application[], declare: (application: Application) => readonly DeclaredObject[]) {
		this.#declare = declare;
		for (const application of applications) this.#present.set(application.name, application);
	}

	/** Those at time 0. */
	get created(): readonly UserAction[] {
		return [...this.#present.values()].flatMap((application) => this.#create(0, application));
	}

	/** What an action, no earlier than the one before, does to objects. */
	act(action: ApplicationAction): readonly UserAction[] {
		const { atUs, application: name } = action;
		const before = this.#present.get(name);
		switch (action.action) {
			case "remove":
				if (before === undefined) return [];
				this.#present.delete(name);
				this.#removed.set(name, before);
				return this.#declare(before).map(({ kind, metadata }) => ({
					atUs,
					action: "delete",
					kind,
					key: keyOf(metadata),
				}));
			case "scale":
				return before === undefined ? [] : this.#change(atUs, before, { ...before, replicas: action.replicas });
			case "update": {
				if (before !== undefined) return this.#change(atUs, before, { ...before, ...action.change });
				const anew = { ...this.#removed.get(name)!, ...action.change };
				this.#present.set(name, anew);
				return this.#create(atUs, anew);
			}
		}
	}

	#create(atUs: SimTime, application: Application): readonly UserAction[] {
		return this.#declare(application).map((manifest) => ({ atUs, action: "create", manifest }));
	}

	#change(atUs: SimTime, before: Application, after: Application): readonly UserAction[] {
		this.#present.set(after.name, after);
		const old = this.#declare(before);
		return this.#declare(after).flatMap((object, i): readonly UserAction[] => {
			const patch = difference(old[i], object);
			const { kind, metadata } = object;
			return patch === undefined ? [] : [{ atUs, action: "patch", kind, key: keyOf(metadata), patch }];
		});
	}
}

function keyOf({ name }: DeclaredObject["metadata"]): string {
	return `default/${name}`;
}
