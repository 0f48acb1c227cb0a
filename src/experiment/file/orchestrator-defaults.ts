/**
 * What an experiment file need not say because its orchestrator does: who schedules, and what nodes are like. What the file says goes
 * before; a file that names its own schedulers says which queue they have, too.
 */
import { isMap, type PlainMap } from "../../objects/plain-data.js";
import { type Catalogue, paramsOf } from "./component.js";

/** Orchestrators, as far as the file format needs them. */
export interface OrchestratorCatalogue extends Catalogue {
	readonly all: ReadonlyMap<string, Entry>;
}

type Entry = NonNullable<ReturnType<Catalogue["all"]["get"]>> & {
	readonly defaults: (params: never) => { readonly scheduling: PlainMap; readonly node: PlainMap };
};

/** `spec` as written, completed; anything but a map with an orchestrator stays as it is. */
export function withOrchestratorDefaults(spec: unknown, orchestrators: OrchestratorCatalogue): unknown {
	if (!isMap(spec) || (spec["orchestrator"] ?? null) === null) return spec;
	const defaults = defaultsOf(spec["orchestrator"], orchestrators);
	if (defaults === null) return spec;
	const { scheduling = {}, node = {} } = spec;
	const applications = listOf(spec["applications"]);
	const leaves = applications.length > 0 ? LEAVES : {};
	return {
		...spec,
		scheduling: isMap(scheduling) ? completed(scheduling, defaults.scheduling) : scheduling,
		node: isMap(node)
			? withImages({ ...leaves, ...defaults.node, ...node }, [...applications, ...listOf(spec["actions"])])
			: node,
	};
}

/** An application says how it ends, which takes effect only where leaving takes time. */
const LEAVES = { termination: { takes: "0s" } };

function listOf(written: unknown): readonly unknown[] {
	return Array.isArray(written) ? written : [];
}

/** Machines in full have to pull the images of applications that say how large they are. */
function withImages(node: PlainMap, those: readonly unknown[]): PlainMap {
	const { machine } = node;
	if (!isMap(machine)) return node;
	const images = isMap(machine["images"]) ? machine["images"] : {};
	const listed = listOf(images["list"]);
	const known = new Set(listed.map((image) => (isMap(image) ? image["name"] : undefined)));
	const sized = those.flatMap((written) => {
		const image = isMap(written) ? written["image"] : undefined;
		if (!isMap(image) || image["size"] === undefined || known.has(image["name"])) return [];
		known.add(image["name"]);
		return [image];
	});
	if (sized.length === 0) return node;
	return { ...node, machine: { ...machine, images: { ...images, list: [...listed, ...sized] } } };
}

function completed(written: PlainMap, { queue, ...defaults }: PlainMap): PlainMap {
	const ownQueue = written["schedulers"] !== undefined || queue === undefined;
	return { ...defaults, ...(!ownQueue && { queue }), ...written };
}

/** Those of the orchestrator as far as it can be told which; another mistake should not follow from one in its name. */
function defaultsOf(written: unknown, { all }: OrchestratorCatalogue): ReturnType<Entry["defaults"]> | null {
	const { name, ...params } = isMap(written) ? written : { name: written };
	const definition = all.get(String(name)) ?? [...all.values()][0];
	if (definition === undefined) return null;
	const schema = paramsOf(definition);
	const read = schema.safeParse(params);
	return definition.defaults((read.success ? read.data : schema.parse({})) as never);
}
