/**
 * Controllers of one's own: a file that an experiment names (`spec.controllers: [./mine.ts]`) exports one of these, with the kinds of
 * objects that only it knows. They get the watch, the queue, the retries and the client of the built-in ones.
 */
import type { RandomSource } from "../engine/random.js";
import type { Definition } from "../objects/definition.js";
import type { MakeController } from "./controller.js";
import type { AnyKind } from "./kinds/kind.js";

export interface ControllerSetup {
	/** Streams of this controller alone. */
	readonly random: RandomSource;
}

export interface ControllerDefinition<Parameters> extends Definition<Parameters, MakeController, ControllerSetup> {
	/** Kinds of objects that it brings (custom resources), declared and created like any other. */
	readonly kinds?: readonly AnyKind[];
}

// biome-ignore lint/suspicious/noExplicitAny: the parameter type is erased here, and checked by `params` at the edge.
export type AnyControllerDefinition = ControllerDefinition<any>;

export function defineController<Parameters = void>(
	definition: ControllerDefinition<Parameters>,
): ControllerDefinition<Parameters> {
	return definition;
}

/** A controller threw, or asked for what is no request: the run fails, naming controller and object. */
export class ControllerError extends Error {
	override readonly name = "ControllerError";

	constructor(controller: string, object: string, cause: unknown) {
		const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
		super(`controller ${controller} failed on '${object}': ${what}`, { cause });
	}
}
