/**
 * Applies what recommenders say: looks at what the containers of every job use, and changes their requests and limits where they run.
 * What the pods count for on their nodes moves along; where a node has no room for more, the pod stays as it is until the next look.
 *
 * Divergence from Autopilot and VPA: a pod that is submitted again starts with what it declares, until the next look.
 */
import type { Cell } from "../../cell/cell.js";
import { type PodId, rowOf } from "../../cell/ids.js";
import type { Engine, EventKind } from "../../engine/engine.js";
import type { SimTime } from "../../engine/time.js";
import type { ContainerRun } from "../../objects/pod-run.js";
import type { ResourceList } from "../../objects/resources.js";
import type { PodSpec } from "../../objects/spec.js";
import type { ContainerSize } from "../machine/machine.js";
import type { Recommendation, Recommender, RecommenderPolicy } from "./recommender.js";

/** Changes smaller than this share of what is there are not worth it. */
const RESOLUTION = 0.05;

export interface AutoscalerOptions {
	readonly policy: RecommenderPolicy;
	/** What a pod counts for; its requests, unless an overcommit policy says otherwise. */
	readonly charge: (pod: PodSpec) => ResourceList;
	/** Resizes a container on its machine. */
	readonly resize: (pod: PodId, container: string, size: ContainerSize) => void;
}

/** What is known of a pod since the last look. */
interface Followed {
	readonly pod: PodId;
	cpuTimeUs: number;
	atUs: SimTime;
	oomKills: number;
	/** As resized. */
	spec: PodSpec;
}

export class VerticalAutoscaler {
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #options: AutoscalerOptions;
	readonly #look: EventKind;
	/** By ordinal of the job. */
	readonly #recommenders = new Map<number, Recommender>();
	/** By row of the pod table. */
	readonly #followed: Followed[] = [];
	#armed = false;

	constructor(engine: Engine, cell: Cell, phase: number, options: AutoscalerOptions) {
		this.#engine = engine;
		this.#cell = cell;
		this.#options = options;
		this.#look = engine.kind("autoscaler-look", phase, () => this.#lookAtAll());
		cell.watch({
			jobSubmitted: () => this.#arm(),
			jobEnded: ({ ordinal }) => this.#recommenders.delete(ordinal),
		});
	}

	#arm(): void {
		if (this.#armed) return;
		this.#armed = true;
		const { periodUs } = this.#options.policy;
		this.#engine.schedule((Math.floor(this.#engine.nowUs / periodUs) + 1) * periodUs, this.#look, 0);
	}

	#lookAtAll(): void {
		const { pods, usage } = this.#cell;
		this.#armed = false;
		const running = [...pods.all()].filter(
			(pod) => usage.pods.has(rowOf(pod)) && isSole(pods.arrivals[rowOf(pod)]!.spec),
		);
		for (const pod of running) this.#observe(pod);
		for (const pod of running) this.#resize(pod);
		if (pods.live > 0) this.#arm();
	}

	#observe(pod: PodId): void {
		const { pods, usage, nowUs } = this.#cell;
		const row = rowOf(pod);
		const cpuTimeUs = usage.pods.cpuTimeUs(row, nowUs);
		const oomKills = usage.pods.oomKills[row]!;
		const followed = this.#followed[row];
		if (followed === undefined || followed.pod !== pod) {
			this.#followed[row] = { pod, cpuTimeUs, atUs: nowUs, oomKills, spec: pods.arrivals[row]!.spec };
			return;
		}
		const container = followed.spec.run!.containers.find(({ kind }) => kind === "main")!;
		const killed = oomKills > followed.oomKills;
		const used = usage.pods.memoryBytes[row]! - usage.pods.cacheBytes[row]!;
		this.#recommenderOf(pod).observe({
			atUs: nowUs,
			cpuMilli: (1000 * (cpuTimeUs - followed.cpuTimeUs)) / (nowUs - followed.atUs),
			memoryBytes: killed ? Math.max(used, container.limits["memory"] ?? used) : used,
			requestMilli: container.requests["cpu"] ?? 0,
			oomKilled: killed,
		});
		followed.cpuTimeUs = cpuTimeUs;
		followed.atUs = nowUs;
		followed.oomKills = oomKills;
	}

	#recommenderOf(pod: PodId): Recommender {
		const { ordinal } = this.#cell.pods.jobs[rowOf(pod)]!;
		let recommender = this.#recommenders.get(ordinal);
		if (recommender === undefined) {
			recommender = this.#options.policy.make();
			this.#recommenders.set(ordinal, recommender);
		}
		return recommender;
	}

	#resize(pod: PodId): void {
		const { policy, charge, resize } = this.#options;
		const followed = this.#followed[rowOf(pod)]!;
		const recommended = this.#recommenderOf(pod).recommend(this.#cell.nowUs);
		if (recommended === null) return;
		const { run } = followed.spec;
		const container = run!.containers.find(({ kind }) => kind === "main")!;
		const resized = resizedContainer(container, recommended, policy.sets);
		if (resized === null) return;
		const containers = run!.containers.map((other) => (other === container ? resized : other));
		const requests = { ...followed.spec.requests, ...resized.requests };
		const spec = { ...followed.spec, requests, run: { ...run!, containers } };
		if (!this.#cell.resizePod(pod, charge(spec))) return;
		followed.spec = spec;
		const {
			requests: { cpu, memory },
			limits,
		} = resized;
		resize(pod, container.name, {
			...(cpu !== undefined && { requestMilli: cpu }),
			...(memory !== undefined && { memoryRequestBytes: memory }),
			limitMilli: limits["cpu"] ?? Number.POSITIVE_INFINITY,
			memoryLimitBytes: limits["memory"] ?? Number.POSITIVE_INFINITY,
		});
	}
}

/** Pods of which one container does the work: usage is known by pod. */
function isSole({ run }: PodSpec): boolean {
	return run !== undefined && run.containers.filter(({ kind }) => kind !== "init").length === 1;
}

/** The container with other requests and limits; null if they are near enough to what it has. */
export function resizedContainer(
	container: ContainerRun,
	recommended: Recommendation,
	sets: RecommenderPolicy["sets"],
): ContainerRun | null {
	const requests: Record<string, number> = { ...container.requests };
	const limits: Record<string, number> = { ...container.limits };
	let changed = false;
	const resources = [
		["cpu", "cpuMilli"],
		["memory", "memoryBytes"],
	] as const;
	for (const [resource, key] of resources) {
		const request = container.requests[resource];
		const limit = container.limits[resource];
		const has = (sets === "both" ? limit : undefined) ?? request;
		const wanted = recommended[key];
		if (has !== undefined && isNear(has, wanted, recommended, key)) continue;
		changed = true;
		requests[resource] = wanted;
		if (sets === "both") limits[resource] = wanted;
		else if (limit !== undefined) limits[resource] = Math.round(limit * (request ? wanted / request : 1));
	}
	return changed ? { ...container, requests, limits } : null;
}

function isNear(has: number, wanted: number, { low, high }: Recommendation, key: "cpuMilli" | "memoryBytes"): boolean {
	if (low !== undefined && high !== undefined) return has >= low[key] && has <= high[key];
	return Math.abs(has - wanted) <= RESOLUTION * has;
}
