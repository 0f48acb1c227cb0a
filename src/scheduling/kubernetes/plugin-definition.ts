/** How a plugin comes by its arguments: the `pluginConfig` of a profile. */
import { z } from "zod";
import type { KubernetesPlugin } from "./plugin.js";

export interface PluginDefinition<Args> {
	/** As in KubeSchedulerConfiguration. */
	readonly name: string;
	/** One line, for `cellsim list`. */
	readonly summary: string;
	/** False for a plugin that only profiles have which enable it by name; default true. */
	readonly byDefault?: false;
	/** `args` as written; its fields have defaults. */
	readonly args: z.ZodType<Args>;
	readonly make: (args: Args) => KubernetesPlugin;
}

// biome-ignore lint/suspicious/noExplicitAny: the type of the arguments is erased here, and checked by `args` at the edge.
export type AnyPluginDefinition = PluginDefinition<any>;

export function definePlugin<Args>(definition: PluginDefinition<Args>): PluginDefinition<Args> {
	return definition;
}

/** A plugin that takes no arguments, so that it can say itself what its definition says. */
export type PlainPlugin = KubernetesPlugin & Pick<PluginDefinition<unknown>, "summary">;

export function plainPlugin(plugin: PlainPlugin): PluginDefinition<unknown> {
	const { name, summary } = plugin;
	return { name, summary, args: argsObject({}), make: () => plugin };
}

/** Arguments as Kubernetes writes them, with or without their kind. */
export function argsObject<Shape extends z.core.$ZodShape>(shape: Shape) {
	return z.strictObject({ apiVersion: z.string().optional(), kind: z.string().optional(), ...shape });
}
