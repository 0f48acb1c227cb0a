/** A run's history as a report holds it. Times are kept to a quantum; everything else comes back as it was. */
import type { CellHistory, PodShape, Pods, Resource, Stays } from "./history.js";
import { type Packed, Packer, unpack } from "./pack.js";

interface Facts {
	readonly endUs: number;
	readonly quantumUs: number;
	readonly capacity: boolean;
	readonly samples: boolean;
	readonly notes: readonly string[];
}

const TIMES = { pods: ["submitUs", "boundUs", "endUs"], stays: ["fromUs", "toUs"] } as const;
const POD_NUMBERS = ["ordinals", "attempts", "requeues", "shape", "outcome", "scheduler", "reason"] as const;
const SHAPE_NUMBERS = ["priority", "cpu", "memory", "gpu"] as const;

/** `quantumUs`: what times are rounded to. */
export function packHistory(history: CellHistory, quantumUs: number): Uint8Array {
	const { endUs, nodes, capacity, pods, absences, samples, schedulers, notes } = history;
	const facts: Facts = { endUs, quantumUs, capacity: capacity !== null, samples: samples !== null, notes };
	const packer = new Packer(facts);
	const quanta = (times: Float64Array) => times.map((us) => Math.round(us / quantumUs));
	/** As the time passed since another, which is often short. */
	const since = (times: Float64Array, base: Float64Array) => times.map((us, i) => us - base[i]!);
	packer.texts("nodes", nodes);
	packer.texts("schedulers", schedulers);
	if (capacity !== null)
		for (const [name, amounts] of Object.entries(capacity)) packer.numbers(`capacity/${name}`, amounts.map(Math.floor));
	packer.texts("pods/names", pods.names);
	packer.texts("pods/outcomes", pods.outcomes);
	packer.texts("pods/reasons", pods.reasons);
	for (const name of POD_NUMBERS) packer.numbers(`pods/${name}`, pods[name]);
	const [submit, bound, end] = TIMES.pods.map((name) => quanta(pods[name]));
	packer.numbers("pods/submitUs", submit!);
	packer.numbers("pods/boundUs", since(bound!, submit!));
	packer.numbers("pods/endUs", since(end!, submit!));
	packer.texts(
		"shapes/classes",
		pods.shapes.map(({ className }) => className),
	);
	for (const name of SHAPE_NUMBERS)
		packer.numbers(
			`shapes/${name}`,
			pods.shapes.map((shape) => shape[name]),
		);
	packStays(packer, history, quanta);
	for (const name of ["node", "kind"] as const) packer.numbers(`absences/${name}`, absences[name]);
	packer.numbers("absences/fromUs", absences.fromUs);
	packer.numbers("absences/toUs", absences.toUs);
	if (samples !== null) {
		packer.numbers("samples/timesUs", samples.timesUs);
		packer.bytes("samples/cpu", samples.cpu);
		packer.bytes("samples/memory", samples.memory);
	}
	return packer.pack();
}

/** Most stays are from the first binding of their pod to its end, which is known: then there is nothing but the node to keep. */
function packStays(packer: Packer, { pods, stays }: CellHistory, quanta: (times: Float64Array) => Float64Array): void {
	const [bound, end] = [quanta(pods.boundUs), quanta(pods.endUs)];
	const [from, to] = [quanta(stays.fromUs), quanta(stays.toUs)];
	packer.numbers("stays/pod", stays.pod);
	packer.numbers("stays/node", stays.node);
	packer.numbers(
		"stays/fromUs",
		from.map((value, row) => value - known(bound[stays.pod[row]!])),
	);
	packer.numbers(
		"stays/toUs",
		to.map((value, row) => value - known(end[stays.pod[row]!])),
	);
}

/** 0 instead of what is not known. */
function known(value: number | undefined): number {
	return value === undefined || Number.isNaN(value) ? 0 : value;
}

/** Reads what `packHistory` made. */
export function unpackHistory(bytes: Uint8Array): CellHistory {
	const packed = unpack(bytes);
	const { endUs, quantumUs, capacity, samples, notes } = packed.facts as Facts;
	const capacityOf = (name: Resource) => packed.numbers(`capacity/${name}`);
	const pods = podsOf(packed, quantumUs);
	return {
		endUs,
		notes,
		nodes: packed.texts("nodes"),
		schedulers: packed.texts("schedulers"),
		capacity: capacity ? { cpu: capacityOf("cpu"), memory: capacityOf("memory"), gpu: capacityOf("gpu") } : null,
		pods,
		stays: staysOf(packed, quantumUs, pods),
		absences: {
			length: packed.numbers("absences/node").length,
			node: integers(packed, "absences/node"),
			kind: integers(packed, "absences/kind"),
			fromUs: packed.numbers("absences/fromUs"),
			toUs: packed.numbers("absences/toUs"),
		},
		samples: samples
			? {
					timesUs: packed.numbers("samples/timesUs"),
					cpu: packed.bytes("samples/cpu"),
					memory: packed.bytes("samples/memory"),
				}
			: null,
	};
}

function integers(packed: Packed, name: string): Int32Array {
	return Int32Array.from(packed.numbers(name));
}

function podsOf(packed: Packed, quantumUs: number): Pods {
	const submit = packed.numbers("pods/submitUs");
	const after = (name: string) => packed.numbers(name).map((quanta, i) => (quanta + submit[i]!) * quantumUs);
	const classes = packed.texts("shapes/classes");
	const amounts = SHAPE_NUMBERS.map((name) => packed.numbers(`shapes/${name}`));
	const names = once(() => packed.texts("pods/names"));
	const reasons = once(() => packed.texts("pods/reasons"));
	return {
		length: submit.length,
		// A page is drawn sooner if it need not spell a hundred thousand names.
		get names() {
			return names();
		},
		get reasons() {
			return reasons();
		},
		outcomes: packed.texts("pods/outcomes"),
		ordinals: packed.numbers("pods/ordinals"),
		attempts: packed.numbers("pods/attempts"),
		requeues: packed.numbers("pods/requeues"),
		shape: integers(packed, "pods/shape"),
		outcome: integers(packed, "pods/outcome"),
		scheduler: integers(packed, "pods/scheduler"),
		reason: integers(packed, "pods/reason"),
		submitUs: submit.map((quanta) => quanta * quantumUs),
		boundUs: after("pods/boundUs"),
		endUs: after("pods/endUs"),
		shapes: classes.map((className, i): PodShape => {
			const [priority, cpu, memory, gpu] = amounts.map((column) => column[i]!);
			return { className, priority: priority!, cpu: cpu!, memory: memory!, gpu: gpu! };
		}),
	};
}

function staysOf(packed: Packed, quantumUs: number, { boundUs, endUs }: Pods): Stays {
	const pod = integers(packed, "stays/pod");
	const times = (name: string, base: Float64Array) =>
		packed.numbers(name).map((quanta, row) => quanta * quantumUs + known(base[pod[row]!]));
	return {
		length: pod.length,
		pod,
		node: integers(packed, "stays/node"),
		fromUs: times("stays/fromUs", boundUs),
		toUs: times("stays/toUs", endUs),
	};
}

/** Made when it is first asked for, and kept. */
function once<Value>(make: () => Value): () => Value {
	let made: { readonly value: Value } | null = null;
	return () => (made ??= { value: make() }).value;
}
