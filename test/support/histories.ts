/** Histories of made-up runs, for tests of what is drawn of them. */
import { ABSENCE_KINDS, type CellHistory } from "../../src/report/timeline/history.js";

export interface Stay {
	readonly node: number;
	readonly cpu: number;
	readonly fromUs: number;
	readonly toUs: number;
}

export interface Away {
	readonly node: number;
	readonly kind: (typeof ABSENCE_KINDS)[number];
	readonly fromUs: number;
	readonly toUs: number;
}

export interface MadeUpRun {
	readonly endUs: number;
	/** milli-CPU of each node, as many bytes of memory. */
	readonly nodes: readonly number[];
	/** One pod each, `p-0`, `p-1`, ... */
	readonly stays: readonly Stay[];
	readonly away?: readonly Away[];
}

/** Pods come a microsecond before they are bound, and ask for as many bytes as milli-CPU. */
export function historyOf({ endUs, nodes, stays, away = [] }: MadeUpRun): CellHistory {
	const of = (value: (stay: Stay, i: number) => number) => Float64Array.from(stays, value);
	const amounts = Float64Array.from(nodes);
	return {
		endUs,
		nodes: nodes.map((_, node) => `n-${node}`),
		capacity: { cpu: amounts, memory: amounts, gpu: new Float64Array(nodes.length) },
		pods: {
			length: stays.length,
			ordinals: of((_, i) => i),
			names: stays.map((_, i) => `p-${i}`),
			shape: Int32Array.from(stays.keys()),
			shapes: stays.map(({ cpu }) => ({ className: "", priority: 0, cpu, memory: cpu, gpu: 0 })),
			submitUs: of(({ fromUs }) => fromUs - 1),
			boundUs: of(({ fromUs }) => fromUs),
			endUs: of(({ toUs }) => (toUs === endUs ? Number.NaN : toUs)),
			outcome: Int32Array.from(stays, ({ toUs }) => (toUs === endUs ? 1 : 0)),
			outcomes: ["succeeded", "running"],
			attempts: of(() => 1),
			requeues: of(() => 0),
			scheduler: Int32Array.from(stays, () => 0),
			reason: Int32Array.from(stays, () => -1),
			reasons: [],
		},
		stays: {
			length: stays.length,
			pod: Int32Array.from(stays.keys()),
			node: Int32Array.from(stays, ({ node }) => node),
			fromUs: of(({ fromUs }) => fromUs),
			toUs: of(({ toUs }) => toUs),
		},
		absences: {
			length: away.length,
			node: Int32Array.from(away, ({ node }) => node),
			kind: Int32Array.from(away, ({ kind }) => ABSENCE_KINDS.indexOf(kind)),
			fromUs: Float64Array.from(away, ({ fromUs }) => fromUs),
			toUs: Float64Array.from(away, ({ toUs }) => toUs),
		},
		samples: null,
		schedulers: ["main"],
		notes: [],
	};
}
