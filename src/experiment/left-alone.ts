/** Pods that nobody tries, since they ask for a scheduler that there is not: they stay pending, as in a real cluster. */
import type { Cell } from "../cell/cell.js";
import type { Architecture } from "../scheduling/architecture.js";

export interface LeftAlone {
	/** As the pods have it in `spec.schedulerName`. */
	readonly schedulerName: string;
	readonly pods: number;
	/** The name of the first of them. */
	readonly example: string;
}

/** Those that wait now, by the scheduler that they ask for, in order of submission. */
export function podsLeftAlone(cell: Cell, { processes }: Pick<Architecture, "processes">): readonly LeftAlone[] {
	const found = new Map<string, { ordinal: number; example: string; pods: number }>();
	if (processes.every(({ options }) => options.scheduler.schedulerNames === undefined)) return [];
	for (const id of cell.pods.all()) {
		const { phase, job, podClass, ordinal, name: example } = cell.pod(id);
		if (phase !== "pending" || job.scheduler < 0 || !processes[job.scheduler]!.ignores(podClass)) continue;
		const { schedulerName } = podClass.spec.facts;
		const { pods = 0, ...first } = found.get(schedulerName) ?? { ordinal, example };
		found.set(schedulerName, { ...(first.ordinal <= ordinal ? first : { ordinal, example }), pods: pods + 1 });
	}
	return [...found]
		.sort(([, a], [, b]) => a.ordinal - b.ordinal)
		.map(([schedulerName, { pods, example }]) => ({ schedulerName, pods, example }));
}
