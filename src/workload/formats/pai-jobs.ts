/** What becomes of the rows of a PAI job list: arrivals in order, jobs, and the cluster that they were made for. */
import { InputError } from "../../objects/input-error.js";
import { type NodeSpec, PLAIN_FACTS, type PodFacts, type PodSpec } from "../../objects/spec.js";
import type { JobArrival, PodArrival } from "../arrivals.js";
import { at } from "./csv.js";
import { type PaiRow, type SampleRow, toEven } from "./pai-rows.js";

/** A job and when it arrives. */
export interface PaiArrival {
	readonly atS: number;
	readonly row: PaiRow;
}

/** All jobs in order of submission, then of their numbers: at their submit times, or so many a minute. */
export function arrivalsOf(rows: readonly PaiRow[], jobsPerMinute?: number): readonly PaiArrival[] {
	return [...rows]
		.sort((a, b) => a.submitS - b.submitS || a.id - b.id)
		.map((row, i) => ({ atS: jobsPerMinute === undefined ? row.submitS : Math.floor(i / jobsPerMinute) * 60, row }));
}

/** The jobs of a sample; those of one instant in order of submission. InputError: it names a job that there is not. */
export function sampled(rows: readonly PaiRow[], sample: readonly SampleRow[], file: string): readonly PaiArrival[] {
	const byId = new Map(rows.map((row) => [row.id, row]));
	const taken = sample.map(({ line, id, arrivalS }) => {
		const row = byId.get(id);
		if (row === undefined)
			throw new InputError(`job_id: there is no job ${id} to take, or it was taken before`, at(file, line));
		byId.delete(id);
		return { atS: arrivalS, row };
	});
	return taken.sort((a, b) => a.atS - b.atS || a.row.submitS - b.row.submitS || a.row.id - b.row.id);
}

/** A cluster of `gpus` devices, as one node. */
export function paiNode(gpus: number): NodeSpec {
	const { cpuPercent, gpuPercent } = limitsOf(gpus);
	return {
		name: "cluster",
		labels: {},
		taints: [],
		unschedulable: false,
		allocatable: { cpu: cpuPercent * MILLI_PER_PERCENT, [GPU_PERCENT]: gpuPercent, pods: 1_000_000 },
		gpu: null,
	};
}

/** Makes jobs of rows; `limits` are what requests of one instance are cut to. Instances with equal demands of a user share one PodSpec. */
export class PaiJobs {
	readonly #limits: ReturnType<typeof limitsOf> | null;
	readonly #facts = new Map<string, PodFacts>();
	readonly #specs = new Map<string, PodSpec>();

	constructor(gpus: number | undefined) {
		this.#limits = gpus === undefined ? null : limitsOf(gpus);
	}

	job({ atS, row }: PaiArrival): JobArrival {
		const { id, instances, durationS, estimates } = row;
		const pod: PodArrival = {
			name: null,
			spec: this.#specOf(row),
			durationUs: durationS * SECOND,
			exit: "succeeded",
			cpuUsageFraction: 1,
			memoryUsageFraction: 1,
			observedStartUs: Number.NaN,
			censored: false,
		};
		return {
			timeUs: atS * SECOND,
			name: `job-${id}`,
			pods: Array.from({ length: instances }, () => pod),
			gang: instances > 1,
			estimates,
		};
	}

	/** Whether an instance asks for more than there is. */
	isCut({ cpuPercent, gpuPercent }: PaiRow): boolean {
		return this.#limits !== null && (cpuPercent > this.#limits.cpuPercent || gpuPercent > this.#limits.gpuPercent);
	}

	#specOf(row: PaiRow): PodSpec {
		const cpu = Math.min(row.cpuPercent, this.#limits?.cpuPercent ?? Infinity) * MILLI_PER_PERCENT;
		const gpu = Math.min(row.gpuPercent, this.#limits?.gpuPercent ?? Infinity);
		const key = `${cpu} ${gpu} ${row.user}`;
		let spec = this.#specs.get(key);
		if (spec === undefined) {
			const requests = { ...(cpu > 0 && { cpu }), ...(gpu > 0 && { [GPU_PERCENT]: gpu }) };
			spec = { facts: this.#factsOf(row.user), requests, gpu: null };
			this.#specs.set(key, spec);
		}
		return spec;
	}

	#factsOf(user: string): PodFacts {
		let facts = this.#facts.get(user);
		if (facts === undefined) {
			facts = user === "" ? PLAIN_FACTS : { ...PLAIN_FACTS, namespace: user };
			this.#facts.set(user, facts);
		}
		return facts;
	}
}

const SECOND = 1_000_000;
const GPU_PERCENT = "alibaba.com/gpu-percent";
const MILLI_PER_PERCENT = 10;
const CORES_PER_GPU = 23.22;

function limitsOf(gpus: number) {
	return { gpuPercent: 100 * gpus, cpuPercent: 100 * toEven(CORES_PER_GPU * gpus) };
}
