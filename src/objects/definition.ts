/**
 * Named, parameterised things that an experiment file may ask for: a scheduler, an architecture, a plugin, a trace format.
 * One file defines one; the `index.ts` of its folder lists it; `cellsim list` prints it with its parameters.
 */
import type { z } from "zod";

export interface Definition<Parameters, Made, Context = void> {
	/** Kebab-case name used in experiment files. */
	readonly name: string;
	/** One sentence for `cellsim list`. */
	readonly summary: string;
	/**
	 * Parameters as written in an experiment file; a strict object whose fields have defaults and descriptions. Absent if it
	 * takes none.
	 */
	readonly params?: z.ZodType<Parameters>;
	/** Builds one instance. Called once per use and run, before time starts. */
	readonly create: (params: Parameters, context: Context) => Made;
}

/** A definition whose parameter type nobody needs to know: what a registry holds. */
// biome-ignore lint/suspicious/noExplicitAny: the parameter type is erased here, and checked by `params` at the edge.
export type AnyDefinition<Made, Context = void> = Definition<any, Made, Context>;

/** Definitions by name. */
export interface Registry<Entry extends { readonly name: string }> {
	/** What one of them is called in messages: `scheduler`. */
	readonly kind: string;
	readonly all: ReadonlyMap<string, Entry>;
}

/** Builds a registry; a name used twice is a programming error. */
export function registry<Entry extends { readonly name: string }>(
	kind: string,
	definitions: readonly Entry[],
): Registry<Entry> {
	const all = new Map<string, Entry>();
	for (const definition of definitions) {
		if (all.has(definition.name)) throw new Error(`two ${kind}s named '${definition.name}'`);
		all.set(definition.name, definition);
	}
	return { kind, all };
}
