/**
 * How much slower a container's work goes for what else runs on its machine: shared caches, memory bandwidth and hyper-threads.
 * One function a model; a machine asks it whenever CPU is divided anew.
 *
 * Divergence from real machines: everybody on a machine is slowed down alike, whatever it runs.
 */

/** What a model looks at. */
export interface MachineLoad {
	/** Containers that run. */
	readonly tasks: number;
	/** CPU in use, as a share of the machine's, 0 to 1. */
	readonly cpuUse: number;
}

/** CPU time that a piece of work takes, relative to what it takes alone on the machine; 1 or more. */
export type Interference = (load: MachineLoad) => number;

export const INTERFERENCE_NAMES = ["none", "borg-cpi"] as const;
export type InterferenceName = (typeof INTERFERENCE_NAMES)[number];

/**
 * Cycles per instruction of the Borg paper's regression over 12,000 production tasks (EuroSys 2015, section 5.2): one more
 * task on the machine adds 0.3 %, ten more percent of its CPU in use add 2 % (the paper says: less than that). It explains 5 % of what was seen.
 */
export const BORG_CPI = { alone: 1.53, perTask: 0.003, perCpuUse: 0.2 } as const;

/** Mean cycles per instruction of the tasks on a machine, by that regression. */
export function borgCpi({ tasks, cpuUse }: MachineLoad): number {
	return BORG_CPI.alone * (1 + BORG_CPI.perTask * Math.max(0, tasks - 1) + BORG_CPI.perCpuUse * cpuUse);
}

export const INTERFERENCE: Readonly<Record<InterferenceName, Interference>> = {
	none: () => 1,
	"borg-cpi": (load) => borgCpi(load) / BORG_CPI.alone,
};
