/**
 * An application in neutral terms: what one wants to run, whoever runs it. Each orchestrator translates it into objects of its own
 * (`declare` of its bundle), and its own block of the application is merged over them.
 */
import { z } from "zod";
import { durationSchema, formatDuration } from "../objects/duration.js";
import { deepEqual, isMap, type PlainMap } from "../objects/plain-data.js";
import { quantityText } from "../objects/quantity.js";
import { quantitiesSchema } from "./kinds/quantities.js";
import { mergePatch } from "./merge-patch.js";
import type { PodTemplate } from "./pod.js";
import type { POD_ANNOTATIONS } from "./pod-annotations.js";

/** Blocks of fields that only one orchestrator has: the manifests that it makes of the application, changed by these. */
export const APPLICATION_BLOCKS = ["kubernetes", "swarm", "marathon", "borg"] as const;
export type ApplicationBlock = (typeof APPLICATION_BLOCKS)[number];

/** An object as it is declared to an orchestrator. */
export interface DeclaredObject {
	readonly kind: string;
	readonly metadata: {
		readonly name: string;
		readonly labels?: Readonly<Record<string, string>>;
		readonly annotations?: Readonly<Record<string, string>>;
	};
	readonly spec: unknown;
}

const name = z
	.string()
	.regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, {
		error: ({ input }) =>
			`'${String(input)}' is not a name: write up to 63 lower-case letters, digits and '-', such as web`,
	})
	.describe("Name of the application");

const count = z.int({ error: "expected a whole number" }).min(0, { error: "must be greater than or equal to 0" });

const image = z
	.union([
		z.string().min(1),
		z.strictObject({
			name: z.string().min(1).describe("As registries name it, with a tag"),
			size: quantityText
				.describe("What a machine that lacks it has to pull, if machines are simulated in full")
				.optional(),
		}),
	])
	.transform((written): { readonly name: string; readonly size?: string | number } =>
		typeof written === "string"
			? { name: written }
			: { name: written.name, ...(written.size && { size: written.size }) },
	)
	.describe("The container image: a name, or a name and a size");

const resources = z
	.strictObject({
		requests: quantitiesSchema.prefault({}).describe("What is reserved for an instance: cpu, memory"),
		limits: quantitiesSchema.prefault({}).describe("What it may use at most"),
	})
	.describe("What an instance needs; nothing if absent");

const update = z
	.strictObject({
		parallelism: count.min(1).describe("Instances that are replaced at a time").optional(),
		delay: durationSchema.describe("Wait between one replacement and the next").optional(),
		order: z
			.enum(["stop-first", "start-first"])
			.describe("Whether the old instance goes before the new one runs, or after")
			.optional(),
		onFailure: z
			.enum(["pause", "continue", "rollback"])
			.describe("What becomes of an update whose new instances fail")
			.optional(),
	})
	.describe("How instances are replaced; where nothing is said the orchestrator does as it does by default");

const stop = z
	.strictObject({
		takes: durationSchema
			.describe("From SIGTERM until an instance is gone by itself; as spec.node.termination says if absent")
			.optional(),
		ignoresSigterm: z.boolean().default(false).describe("It goes on until it is killed"),
		grace: durationSchema
			.describe(
				"Time between SIGTERM and SIGKILL; that of the orchestrator if absent: 30 s in Kubernetes, 10 s in Swarm",
			)
			.optional(),
	})
	.superRefine(({ takes, ignoresSigterm }, context) => {
		if (takes === undefined || !ignoresSigterm) return;
		context.addIssue({
			code: "custom",
			path: ["takes"],
			message: "what ignores SIGTERM never ends by itself",
			params: { at: "key" },
		});
	})
	.describe("How an instance ends when it is told to");

const run = z
	.strictObject({
		time: durationSchema.describe("How long an instance runs before it ends by itself; forever if absent").optional(),
		exit: z
			.union([z.enum(["succeeded", "failed"]), z.int().min(0).max(255)])
			.default("succeeded")
			.describe("How it ends then: succeeded, failed, or an exit code"),
	})
	.describe("What an instance does by itself; it runs for ever if absent");

/** What an update may change. */
const changeable = {
	image,
	resources,
	readyAfter: durationSchema.describe("From the start of an instance until it serves (its health check passes)"),
	nodeLabels: z.record(z.string(), z.string()).describe("Labels of the nodes that it may run on"),
	update,
	stop,
	run,
};

/** The fields of an update action. */
export const changeShape = {
	image: changeable.image.optional(),
	resources: changeable.resources.optional(),
	readyAfter: changeable.readyAfter.optional(),
	nodeLabels: changeable.nodeLabels.optional(),
	update: changeable.update.optional(),
	stop: changeable.stop.optional(),
	run: changeable.run.optional(),
	replicas: count.describe("Instances that there shall be").optional(),
};

const block = z
	.strictObject({
		metadata: z.record(z.string(), z.unknown()).describe("Labels and annotations").optional(),
		spec: z.record(z.string(), z.unknown()).describe("Fields of the object's spec").optional(),
	})
	.optional();

export const applicationSchema = z
	.strictObject({
		name,
		replicas: count.default(1).describe("Instances that there shall be"),
		image: changeable.image,
		resources: changeable.resources.prefault({}),
		readyAfter: changeable.readyAfter.prefault("0s"),
		nodeLabels: changeable.nodeLabels.prefault({}),
		update: changeable.update.prefault({}),
		stop: changeable.stop.prefault({}),
		run: changeable.run.prefault({}),
		kubernetes: block.describe("Raw fields of the Deployment that it is in Kubernetes, merged over it"),
		swarm: block.describe(
			"Raw fields of the service that it is in Swarm (deploy, as of a compose file), merged over it",
		),
		marathon: block.describe("Raw fields of the app that it is in Marathon, merged over it"),
		borg: block.describe("Raw fields of the job that it is in Borg, merged over it"),
	})
	.describe("An application in terms that every orchestrator understands");

export type Application = z.output<typeof applicationSchema>;
export type ApplicationImage = Application["image"];

/** The objects of an application, its own block merged over the first. */
export function refined(
	objects: readonly DeclaredObject[],
	application: Application,
	blockName: ApplicationBlock,
): readonly DeclaredObject[] {
	const own = application[blockName];
	if (own === undefined) return objects;
	return objects.map((object, i) => (i === 0 ? (mergePatch(object, own) as DeclaredObject) : object));
}

/** A pod template that behaves as the application does, for orchestrators whose instances are pods. */
export function podTemplateOf(application: Application): PodTemplate {
	const { name, image, resources, nodeLabels, stop } = application;
	const annotations = annotationsOf(application);
	const asked = Object.entries(resources).filter(([, written]) => Object.keys(written).length > 0);
	const container = { name, image: image.name, ...(asked.length > 0 && { resources: Object.fromEntries(asked) }) };
	return {
		metadata: { labels: { app: name }, ...(Object.keys(annotations).length > 0 && { annotations }) },
		spec: {
			containers: [container],
			...(Object.keys(nodeLabels).length > 0 && { nodeSelector: nodeLabels }),
			...(stop.grace !== undefined && { terminationGracePeriodSeconds: Math.ceil(stop.grace / 1e6) }),
		},
	};
}

/** How its instances behave, as annotations that `pod-annotations.ts` reads. */
export function annotationsOf({ readyAfter, stop, run }: Application): Readonly<Record<string, string>> {
	const texts: Partial<Record<keyof typeof POD_ANNOTATIONS, string>> = {
		...(readyAfter > 0 && { "cellsim.io/ready-after": formatDuration(readyAfter) }),
		...(stop.takes !== undefined && { "cellsim.io/stop-after": formatDuration(stop.takes) }),
		...(stop.ignoresSigterm && { "cellsim.io/stop-after": NEVER }),
		...(run.time !== undefined && { "cellsim.io/run-time": formatDuration(run.time) }),
		...(run.time !== undefined && { "cellsim.io/exit": String(run.exit) }),
	};
	return texts as Readonly<Record<string, string>>;
}

/** Longer than any grace. */
const NEVER = "520w";

/**
 * The patch that turns one tree of plain data into another: what is gone becomes null, and lists whose entries keep their names are
 * patched entry by entry; undefined if nothing changes.
 */
export function difference(before: unknown, after: unknown): unknown {
	if (isMap(before) && isMap(after)) {
		const patch: Record<string, unknown> = {};
		for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
			const changed = Object.hasOwn(after, key) ? difference(before[key], after[key]) : null;
			if (changed !== undefined) patch[key] = changed;
		}
		return Object.keys(patch).length === 0 ? undefined : patch;
	}
	if (deepEqual(before, after)) return undefined;
	const names = namesIn(after);
	if (names === null || !deepEqual(namesIn(before), names)) return after;
	return (after as readonly unknown[]).flatMap((entry, i) => {
		const changed = difference((before as readonly unknown[])[i], entry);
		return changed === undefined ? [] : [{ ...(changed as PlainMap), name: names[i] }];
	});
}

/** The names of the entries of a list; null unless each is a map that has one. */
function namesIn(list: unknown): readonly unknown[] | null {
	if (!Array.isArray(list)) return null;
	const names = list.map((entry: unknown) => (isMap(entry) ? entry["name"] : undefined));
	return names.includes(undefined) ? null : names;
}
