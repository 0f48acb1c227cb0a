/** How a plugin comes by its arguments: the `pluginConfig` of a profile. */
import { z } from "zod";
import type { KubernetesPlugin } from "./plugin.js";

export interface PluginDefinition<Args> {
	/** As in KubeSchedulerConfiguration. */
	readonly name: string;
	/** `args` as written; its fields have defaults. */
	readonly args: z.ZodType<Args>;
	readonly make: (args: Args) => KubernetesPlugin;
}

// biome-ignore lint/suspicious/noExplicitAny: the type of the arguments is erased here, and checked by `args` at the edge.
export type AnyPluginDefinition = PluginDefinition<any>;

export function definePlugin<Args>(definition: PluginDefinition<Args>): PluginDefinition<Args> {
	return definition;
}

/** A plugin that takes no arguments. */
export function plainPlugin(plugin: KubernetesPlugin): PluginDefinition<unknown> {
	return { name: plugin.name, args: argsObject({}), make: () => plugin };
}

/** Arguments as Kubernetes writes them, with or without their kind. */
export function argsObject<Shape extends z.core.$ZodShape>(shape: Shape) {
	return z.strictObject({ apiVersion: z.string().optional(), kind: z.string().optional(), ...shape });
}
