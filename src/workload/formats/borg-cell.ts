/** The format `borg-cell`: no file, but a cell drawn from a seed. See `synthetic/borg-cell.ts`. */

import type { RandomSource } from "../../engine/random.js";
import type { Definition } from "../../objects/definition.js";
import type { OpenedTrace } from "../arrivals.js";
import { BATCH_JOBS } from "../merge.js";
import { type BorgCell, borgCell } from "../synthetic/borg-cell.js";
import { type BorgCellParams, borgCellParams } from "../synthetic/borg-cell-schema.js";

export const borgCellFormat: Definition<BorgCellParams, OpenedTrace, { readonly random?: RandomSource }> = {
	name: "borg-cell",
	summary: "A synthetic Borg cell at an instant, drawn from a seed: machines as cluster, jobs as workload",
	params: borgCellParams,
	create(params, { random }) {
		let drawn: BorgCell | null = null;
		const cell = () => (drawn ??= borgCell(params, random));
		return {
			files: [],
			nodes: async () => cell().nodes,
			*jobs() {
				const { jobs } = cell();
				for (let i = 0; i < jobs.length; i += BATCH_JOBS) yield jobs.slice(i, i + BATCH_JOBS);
			},
		};
	},
};
