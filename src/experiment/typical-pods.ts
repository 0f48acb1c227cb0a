/**
 * Typical pods that an experiment does not spell out: of a trace that it names (`typicalPods: {format: openb, ...}`), or, where it says
 * nothing, those that it measures fragmentation for, or else of its own workloads. The shapes that are counted take that place in the
 * document of each run, so that a run depends on nothing but its document.
 */

import { countShapes } from "../cell/gpu-fragmentation.js";
import { SeededRandomSource } from "../engine/random.js";
import { canonicalJson } from "../objects/canonical-json.js";
import { InputError } from "../objects/input-error.js";
import { formatPath, validate } from "../objects/issues.js";
import { isMap, type PlainMap, valueAt } from "../objects/plain-data.js";
import type { PodSpec } from "../objects/spec.js";
import { writtenShapes } from "../scheduling/gpu/typical-pods-schema.js";
import { type ArrivalStream, ImportReport } from "../workload/arrivals.js";
import { traceFormats } from "../workload/formats/index.js";
import { assemble } from "./assemble.js";
import { paramsOf } from "./file/component.js";
import type { RunPlan } from "./plan.js";
import { replaced } from "./scheduler-configuration.js";

/** Pods of the experiment's own workloads that are looked at. */
const SAMPLED = 10_000;

type Shapes = ReturnType<typeof writtenShapes>;
type Path = readonly (string | number)[];

const OUTPUTS: Path = ["spec", "outputs", "gpuFragmentation"];

/** Fills in typical pods, plan after plan; what several plans have in common is read once. */
export class TypicalPodsReader {
	readonly #known = new Map<string, Promise<Shapes>>();
	readonly #placed: (error: unknown, path: Path) => unknown;

	/** `placed` adds to an error the place of a path in the experiment file. */
	constructor(placed: (error: unknown, path: Path) => unknown) {
		this.#placed = placed;
	}

	/** The plan with its typical pods spelled out, or itself if nobody wants any. InputError: a trace that cannot be read. */
	async fillIn(plan: RunPlan): Promise<RunPlan> {
		const paths = wantingPaths(plan.document);
		const named = new Map<Path, unknown>();
		for (const path of paths) named.set(path, await this.#read(plan, path));
		const measured = named.get(OUTPUTS);
		let filled = plan;
		for (const path of paths) {
			const typical = named.get(path) ?? measured;
			if (typical !== undefined) filled = withTypicalPods(filled, path, typical);
		}
		const open = filled;
		for (const path of paths)
			if (typicalPodsAt(open.document, path) === undefined)
				filled = withTypicalPods(filled, path, await this.#ownShapes(open));
		return filled;
	}

	/** What stands at a path, with the trace read that it may name; undefined for nothing. */
	async #read(plan: RunPlan, path: Path): Promise<unknown> {
		const typical = typicalPodsAt(plan.document, path);
		if (!isMap(typical)) return typical;
		const open = async () => jobsOf(typical, plan);
		return this.#once({ typical, seed: plan.seed }, open, Number.POSITIVE_INFINITY).catch((error: unknown) => {
			throw this.#placed(error, [...path, "typicalPods"]);
		});
	}

	#ownShapes(plan: RunPlan): Promise<Shapes> {
		const { cluster, workloads, clock } = plan.document["spec"] as PlainMap;
		const facts = { cluster, workloads, clock, kubernetes: plan.kubernetes, seed: plan.seed };
		const open = async () => (await assemble(plan, new ImportReport())).arrivals;
		return this.#once(facts, open, SAMPLED).catch((error: unknown) => {
			throw this.#placed(error, ["spec", "workloads"]);
		});
	}

	#once(facts: object, open: () => Promise<ArrivalStream>, most: number): Promise<Shapes> {
		const key = canonicalJson(facts);
		let known = this.#known.get(key);
		if (!known) this.#known.set(key, (known = shapesOf(open, most)));
		return known;
	}
}

/** Where typical pods may be wanted: schedulers called fgd, and what is measured of the GPU. */
function wantingPaths(document: PlainMap): readonly Path[] {
	const entries = valueAt(document, ["spec", "scheduling", "schedulers"]);
	const schedulers: Path[] = [
		["spec", "cluster", "prefill", "placement"],
		...(Array.isArray(entries) ? entries : []).map((_, i) => ["spec", "scheduling", "schedulers", i, "scheduler"]),
	];
	const isFgd = (path: Path) => {
		const scheduler = valueAt(document, path);
		return scheduler === "fgd" || (isMap(scheduler) && scheduler["name"] === "fgd");
	};
	return [...schedulers.filter(isFgd), ...(isMap(valueAt(document, OUTPUTS)) ? [OUTPUTS] : [])];
}

function typicalPodsAt(document: PlainMap, path: Path): unknown {
	const place = valueAt(document, path);
	return isMap(place) ? place["typicalPods"] : undefined;
}

function jobsOf({ format, ...params }: PlainMap, { baseDirs, seed }: RunPlan): ArrivalStream {
	const definition = traceFormats.all.get(String(format));
	if (definition === undefined)
		throw new InputError(
			`typicalPods: unknown trace format '${String(format)}': expected ${[...traceFormats.all.keys()].join(", ")}`,
		);
	const checked = validate(paramsOf(definition), params);
	if (!checked.ok) {
		const [{ path, message }] = checked.mistakes as [(typeof checked.mistakes)[number]];
		throw new InputError(`${["typicalPods", formatPath(path)].filter((part) => part !== "").join(".")}: ${message}`);
	}
	const random = new SeededRandomSource(seed);
	return definition.create(checked.value, { baseDirs, random }).jobs(new ImportReport());
}

async function shapesOf(open: () => Promise<ArrivalStream>, most: number): Promise<Shapes> {
	const pods: PodSpec[] = [];
	reading: for await (const batch of await open()) {
		for (const job of batch) {
			for (const { spec } of job.pods) {
				if (pods.length === most) break reading;
				pods.push(spec);
			}
		}
	}
	return writtenShapes(countShapes(pods));
}

function withTypicalPods(plan: RunPlan, path: Path, typicalPods: unknown): RunPlan {
	const place = valueAt(plan.document, path);
	const filled = { ...(isMap(place) ? place : { name: place }), typicalPods };
	return { ...plan, document: replaced(plan.document, path, filled) as PlainMap };
}
