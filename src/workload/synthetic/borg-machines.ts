/** The machines of a synthetic Borg cell: shapes, platforms, racks and power domains. Numbers: workloads/borg/README.md. */
import type { Random, RandomSource } from "../../engine/random.js";
import type { NodeSpec } from "../../objects/spec.js";

const GIB = 2 ** 30;

/** Borg: the Next Generation (EuroSys 2020): 10 shapes in 2011, 21 in 2019; 3 platforms, then 7. */
const SHAPES = [10, 21] as const;
const PLATFORMS = [3, 7] as const;
/** Our choice: what a shape may be. */
const CORES = [8, 12, 16, 24, 32];
const GIB_PER_CORE = [2, 3, 4, 6, 8];
/** Our choice: how machines are grouped. */
const MACHINES_PER_RACK = 20;
const RACKS_PER_DOMAIN = 4;
/** Our choice: machines that have a special attribute, and how many cells have one for every so many machines. */
export const SPECIAL_MACHINES = 3;
const MACHINES_PER_SPECIAL = 500;
/** Borg knows no such limit. */
const MOST_TASKS = 1000;

const PLATFORM_LABEL = "cellsim.io/platform";
export const SPECIAL_LABEL = "cellsim.io/special-";

export interface Machine {
	readonly cpuMilli: number;
	readonly memoryBytes: number;
	readonly platform: string;
	/** Numbers of its special attributes. */
	readonly specials: number[];
}

interface Shape {
	readonly cpuMilli: number;
	readonly memoryBytes: number;
	readonly platform: string;
}

/** Draws the machines; the most common shape has about 30 % of them. */
export function drawMachines(count: number, source: RandomSource): readonly Machine[] {
	const shapes = drawShapes(source.stream("shapes"));
	const pick = zipf(shapes.length, source.stream("machines"));
	const machines = Array.from({ length: count }, (): Machine => ({ ...shapes[pick()]!, specials: [] }));
	const random = source.stream("specials");
	for (let special = 0; special < specialsOf(count); special++)
		for (let i = 0; i < Math.min(SPECIAL_MACHINES, count); i++) {
			let machine = machines[random.integer(count)]!;
			while (machine.specials.includes(special)) machine = machines[random.integer(count)]!;
			machine.specials.push(special);
		}
	return machines;
}

/** How many special attributes there are in a cell of so many machines. */
export function specialsOf(machines: number): number {
	return Math.max(1, Math.round(machines / MACHINES_PER_SPECIAL));
}

function drawShapes(random: Random): readonly Shape[] {
	const between = ([low, high]: readonly [number, number]) => low + random.integer(high - low + 1);
	const platforms = between(PLATFORMS);
	const open = CORES.flatMap((cores) =>
		GIB_PER_CORE.map((gib) => ({ cpuMilli: 1000 * cores, memoryBytes: cores * gib * GIB })),
	);
	return Array.from({ length: between(SHAPES) }, (_, i) => {
		const [shape] = open.splice(random.integer(open.length), 1);
		return { ...shape!, platform: `p${i % platforms}` };
	});
}

/** Draws ranks from 0, the n-th with 1/(n + 1) of the chance of the first. */
function zipf(ranks: number, random: Random): () => number {
	const cumulative = new Float64Array(ranks);
	let sum = 0;
	for (let rank = 0; rank < ranks; rank++) cumulative[rank] = sum += 1 / (rank + 1);
	return () => {
		const drawn = random.next() * sum;
		let low = 0;
		let high = ranks - 1;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (cumulative[middle]! > drawn) high = middle;
			else low = middle + 1;
		}
		return low;
	};
}

/** The machine as a node, by its position. */
export function nodeOf({ cpuMilli, memoryBytes, platform, specials }: Machine, position: number): NodeSpec {
	const name = `machine-${position}`;
	const rack = Math.floor(position / MACHINES_PER_RACK);
	return {
		name,
		labels: {
			"kubernetes.io/hostname": name,
			"topology.kubernetes.io/rack": `rack-${rack}`,
			"topology.kubernetes.io/power-domain": `domain-${Math.floor(rack / RACKS_PER_DOMAIN)}`,
			[PLATFORM_LABEL]: platform,
			...Object.fromEntries(specials.map((special) => [`${SPECIAL_LABEL}${special}`, "true"])),
		},
		taints: [],
		unschedulable: false,
		allocatable: { cpu: cpuMilli, memory: memoryBytes, pods: MOST_TASKS },
		gpu: null,
	};
}
