/**
 * KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1) as clusters have it, and the profiles it stands for: defaults,
 * plugins enabled and disabled by extension point or at all of them at once (`multiPoint`), weights, arguments.
 *
 * Divergence from Kubernetes: extenders are refused; parallelism, leader election, client connection and profiling are read over.
 * preFilter and filter of a plugin go together, and so do preScore and score: the first of each pair cannot be had alone.
 */
import { z } from "zod";
import { orAbsent } from "../../objects/absent.js";
import { validateInside } from "../../objects/issues.js";
import { suggest } from "../../objects/suggest.js";
import type { KubernetesPlugin } from "./plugin.js";
import { DEFAULT_WEIGHTS, kubernetesPlugins } from "./plugins/index.js";
import { PrioritySort } from "./plugins/priority-sort.js";
import type { Profile } from "./profile.js";

export interface KubernetesConfiguration {
	readonly profiles: readonly Profile[];
	/** Wait after the first vain attempt, and at most, seconds. */
	readonly podInitialBackoffSeconds: number;
	readonly podMaxBackoffSeconds: number;
}

/** Where a plugin may have its say; `multiPoint` stands for all. */
const POINTS = [
	...["preEnqueue", "queueSort", "preFilter", "filter", "postFilter", "preScore", "score", "reserve", "permit"],
	...["preBind", "bind", "postBind"],
] as const;

const pluginName = z.string().superRefine((name, context) => {
	const message = unknownPlugin(name);
	if (message !== null) context.addIssue({ code: "custom", message });
});

const disabledName = z.union([z.literal("*"), pluginName]);

const pluginSet = orAbsent(
	z.strictObject({
		enabled: orAbsent(z.array(z.strictObject({ name: pluginName, weight: orAbsent(z.int().min(0), 0) })), []),
		disabled: orAbsent(z.array(z.strictObject({ name: disabledName, weight: z.unknown().optional() })), []),
	}),
	{ enabled: [], disabled: [] },
);

/** What a plugin must have to be enabled at a point; it has nothing to do at the others. */
const HAS_A_SAY = {
	queueSort: (plugin: KubernetesPlugin) => plugin.sorts !== undefined,
	preEnqueue: (plugin: KubernetesPlugin) => plugin.admits !== undefined,
	preFilter: (plugin: KubernetesPlugin) => plugin.filter !== undefined || plugin.turnsDown !== undefined,
	filter: (plugin: KubernetesPlugin) => plugin.filter !== undefined,
	postFilter: (plugin: KubernetesPlugin) => plugin.preempts !== undefined || plugin.dismisses !== undefined,
	preScore: (plugin: KubernetesPlugin) => plugin.score !== undefined,
	score: (plugin: KubernetesPlugin) => plugin.score !== undefined,
	permit: (plugin: KubernetesPlugin) => plugin.permits !== undefined,
};

type Spoken = keyof typeof HAS_A_SAY;

const pointSets = Object.fromEntries(POINTS.map((point) => [point, pluginSet]));

const pluginSets = z
	.strictObject({ multiPoint: pluginSet, ...(pointSets as Record<(typeof POINTS)[number], typeof pluginSet>) })
	.superRefine((sets, context) => {
		for (const point of Object.keys(HAS_A_SAY) as Spoken[]) {
			sets[point].enabled.forEach(({ name }, i) => {
				const definition = kubernetesPlugins.all.get(name);
				if (definition === undefined || HAS_A_SAY[point](definition.make(definition.args.parse({})))) return;
				const message = `${name} has nothing to say at ${point}`;
				context.addIssue({ code: "custom", path: [point, "enabled", i, "name"], message });
			});
		}
	});

/** Arguments are checked by the plugin that they are for. */
const pluginConfig = z
	.strictObject({ name: pluginName, args: z.unknown().optional() })
	.transform(({ name, args }, context) => {
		const definition = kubernetesPlugins.all.get(name);
		if (definition === undefined) return z.NEVER;
		return { name, args: validateInside(definition.args, args ?? {}, context, ["args"]) as unknown };
	});

const percentage = orAbsent(z.int().min(0).max(100), null);

const profile = z.strictObject({
	schedulerName: orAbsent(z.string().min(1), null),
	percentageOfNodesToScore: percentage,
	plugins: orAbsent(pluginSets, null),
	pluginConfig: orAbsent(z.array(pluginConfig), []).superRefine((list, context) => {
		list.forEach(({ name }, i) => {
			if (list.findIndex((other) => other.name === name) === i) return;
			context.addIssue({ code: "custom", path: [i, "name"], message: `'${name}' is configured twice in this profile` });
		});
	}),
});

type DeclaredProfile = z.output<typeof profile>;
type PluginSet = z.output<typeof pluginSet>;

const NOTHING: PluginSet = { enabled: [], disabled: [] };
const NO_PROFILE: DeclaredProfile = {
	schedulerName: null,
	percentageOfNodesToScore: null,
	plugins: null,
	pluginConfig: [],
};
const NOT_SIMULATED = z.unknown().optional();

export const kubernetesConfigurationSchema: z.ZodType<KubernetesConfiguration> = z
	.strictObject({
		apiVersion: z.literal("kubescheduler.config.k8s.io/v1"),
		kind: z.literal("KubeSchedulerConfiguration"),
		parallelism: orAbsent(z.int().min(1), 16),
		percentageOfNodesToScore: percentage,
		podInitialBackoffSeconds: orAbsent(z.int().min(1), 1),
		podMaxBackoffSeconds: orAbsent(z.int().min(1), 10),
		profiles: orAbsent(z.array(profile), []),
		extenders: orAbsent(z.array(z.unknown()).max(0, { error: "extenders are not simulated: leave them out" }), []),
		leaderElection: NOT_SIMULATED,
		clientConnection: NOT_SIMULATED,
		metadata: NOT_SIMULATED,
		healthzBindAddress: NOT_SIMULATED,
		metricsBindAddress: NOT_SIMULATED,
		enableProfiling: NOT_SIMULATED,
		enableContentionProfiling: NOT_SIMULATED,
		delayCacheUntilActive: NOT_SIMULATED,
	})
	.superRefine(({ profiles, podInitialBackoffSeconds, podMaxBackoffSeconds }, context) => {
		if (podMaxBackoffSeconds < podInitialBackoffSeconds) {
			const message = `must be at least podInitialBackoffSeconds, ${podInitialBackoffSeconds}`;
			context.addIssue({ code: "custom", path: ["podMaxBackoffSeconds"], message });
		}
		profiles.forEach((declared, i) => {
			const message = problemOfSorting(declared, profiles[0]!);
			if (message !== null) context.addIssue({ code: "custom", path: ["profiles", i, "plugins"], message });
		});
		profiles.forEach(({ schedulerName }, i) => {
			const path = ["profiles", i, "schedulerName"];
			if (schedulerName === null && profiles.length > 1) {
				context.addIssue({ code: "custom", path, message: "with several profiles each needs a schedulerName" });
			} else if (profiles.findIndex((other) => other.schedulerName === schedulerName) !== i) {
				context.addIssue({ code: "custom", path, message: `there is a profile for '${schedulerName}' already` });
			}
		});
	})
	.transform((given) => ({
		profiles: (given.profiles.length === 0 ? [NO_PROFILE] : given.profiles).map((declared) =>
			profileOf(declared, given.percentageOfNodesToScore ?? 0),
		),
		podInitialBackoffSeconds: given.podInitialBackoffSeconds,
		podMaxBackoffSeconds: given.podMaxBackoffSeconds,
	}));

/** What kube-scheduler does without a configuration file. */
export const DEFAULT_CONFIGURATION: KubernetesConfiguration = kubernetesConfigurationSchema.parse({
	apiVersion: "kubescheduler.config.k8s.io/v1",
	kind: "KubeSchedulerConfiguration",
});

function unknownPlugin(name: string): string | null {
	if (kubernetesPlugins.all.has(name)) return null;
	const hint = suggest(name, kubernetesPlugins.all.keys(), "known");
	return `there is no plugin '${name}'${hint === undefined ? "" : `; ${hint}`}`;
}

/** There is one queue for all profiles, in one order. */
function problemOfSorting(declared: DeclaredProfile, first: DeclaredProfile): string | null {
	const names = pluginsAt(declared)("queueSort").map(({ name }) => name);
	const [common = PrioritySort.name] = pluginsAt(first)("queueSort").map(({ name }) => name);
	if (names.length > 1) {
		const off = `multiPoint: {disabled: [{name: ${names[0]}}]}`;
		return `one plugin sorts the queue, not ${names.join(" and ")}: disable the others, as in ${off}`;
	}
	const [own = PrioritySort.name] = names;
	return own === common ? null : `all profiles share one queue: the first sorts it by ${common}, this one by ${own}`;
}

function profileOf(declared: DeclaredProfile, percentageOfAll: number): Profile {
	const { plugins } = declared;
	const multiPoint = mergeDefaults(plugins?.multiPoint ?? NOTHING);
	const at = pluginsAt(declared);
	const explicit = plugins?.score?.enabled ?? [];
	const weightOf = ({ name }: KubernetesPlugin) =>
		[...explicit, ...multiPoint].find((entry) => entry.name === name)!.weight || 1;
	const filters = at("filter");
	const preFilters = at("preFilter");
	const postFilters = at("postFilter");
	return {
		schedulerName: declared.schedulerName ?? "default-scheduler",
		percentageOfNodesToScore: declared.percentageOfNodesToScore ?? percentageOfAll,
		queueSort: (at("queueSort")[0] ?? PrioritySort).sorts!,
		preEnqueue: at("preEnqueue"),
		preFilters: [...preFilters, ...filters.filter((plugin) => !preFilters.includes(plugin))],
		filters,
		scores: at("score").map((plugin) => ({ plugin, weight: weightOf(plugin) })),
		postFilters,
		keepsClaim: postFilters.find(({ preempts }) => preempts !== undefined)?.preempts?.keepsClaim ?? null,
		permits: at("permit"),
	};
}

/** The plugins of a profile at an extension point, in order. */
function pluginsAt({ plugins, pluginConfig }: DeclaredProfile): (point: Spoken) => readonly KubernetesPlugin[] {
	const multiPoint = mergeDefaults(plugins?.multiPoint ?? NOTHING);
	const made = new Map<string, KubernetesPlugin>();
	const pluginNamed = (name: string): KubernetesPlugin => {
		const { args, make } = kubernetesPlugins.all.get(name)!;
		const configured = pluginConfig.find((other) => other.name === name);
		let plugin = made.get(name);
		if (plugin === undefined) made.set(name, (plugin = make(configured?.args ?? args.parse({}))));
		return plugin;
	};
	// Names that are none are complained about where they stand.
	const isKnown = (name: string) => kubernetesPlugins.all.has(name);
	const speaks = (name: string, point: Spoken) => isKnown(name) && HAS_A_SAY[point](pluginNamed(name));
	return (point) =>
		expand(plugins?.[point] ?? NOTHING, multiPoint, (name) => speaks(name, point))
			.filter(isKnown)
			.map(pluginNamed);
}

interface Entry {
	readonly name: string;
	readonly weight: number;
}

/** The default plugins with what the profile changes: the disabled gone, the reconfigured in their old places, others behind. */
function mergeDefaults({ enabled, disabled }: PluginSet): readonly Entry[] {
	const off = new Set(disabled.map(({ name }) => name));
	const byDefault = [...kubernetesPlugins.all.values()].filter((plugin) => plugin.byDefault !== false);
	const defaults = off.has("*") ? [] : byDefault.map(({ name }) => name).filter((name) => !off.has(name));
	const merged: Entry[] = defaults.map(
		(name) => enabled.find((entry) => entry.name === name) ?? { name, weight: DEFAULT_WEIGHTS[name] ?? 1 },
	);
	return [...merged, ...enabled.filter(({ name }) => !defaults.includes(name))];
}

/**
 * The plugins of one extension point: those that it enables itself and `multiPoint` too, in its own order; then the rest of
 * `multiPoint` as far as they have something to say here; then the rest of its own.
 */
function expand(
	{ enabled, disabled }: PluginSet,
	multiPoint: readonly Entry[],
	applies: (name: string) => boolean,
): readonly string[] {
	const own = enabled.map(({ name }) => name);
	const off = new Set(disabled.map(({ name }) => name));
	if (off.has("*")) return own;
	const shared = multiPoint.map(({ name }) => name).filter((name) => applies(name) && !off.has(name));
	return [
		...own.filter((name) => shared.includes(name)),
		...shared.filter((name) => !own.includes(name)),
		...own.filter((name) => !shared.includes(name)),
	];
}
