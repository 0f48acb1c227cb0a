/**
 * One step of a job's update: which tasks to change where they are, which to stop now, which to skip. Arithmetic alone. Updates roll through
 * the tasks; changes that would disrupt more tasks than the update may are skipped, not delayed. Source: Borg paper, section 2.3.
 *
 * Divergence from Borg: what an update does to other jobs (tasks that grow may have others preempted) does not count against its limit.
 */
export interface OutdatedTask<Task> {
	readonly task: Task;
	/** Whether it serves; one that does not is no loss. */
	readonly serves: boolean;
	/** It has a machine: taking it from there is a disruption. */
	readonly placed: boolean;
	/** Whether it can be changed where it is; asked of those that have a machine. */
	readonly staysOnChange: () => boolean;
}

export interface UpdateLimits {
	/** Tasks that do not serve, those of the job that are missing among them. */
	readonly down: number;
	readonly atOnce: number;
	/** Tasks that may yet be disrupted. */
	readonly disruptionsLeft: number;
}

export interface UpdateStep<Task> {
	readonly change: readonly Task[];
	/** Stopped, and made anew: those without a machine, and those that are disrupted. */
	readonly replace: readonly Task[];
	readonly disrupted: number;
	readonly skipped: number;
	/** Tasks whose turn is still to come. */
	readonly waiting: number;
}

/** `outdated` in the order in which they are updated. */
export function updateStep<Task>(outdated: readonly OutdatedTask<Task>[], limits: UpdateLimits): UpdateStep<Task> {
	const change: Task[] = [];
	const replace: Task[] = [];
	let { down } = limits;
	let [disrupted, skipped, waiting] = [0, 0, 0];
	for (const { task, serves, placed, staysOnChange } of outdated) {
		if (!placed) replace.push(task);
		else if (staysOnChange()) change.push(task);
		else if (disrupted >= limits.disruptionsLeft) skipped++;
		else if (serves && down >= limits.atOnce) waiting++;
		else {
			replace.push(task);
			disrupted++;
			if (serves) down++;
		}
	}
	return { change, replace, disrupted, skipped, waiting };
}

/** That step where all of `count` outdated tasks serve and none can stay: known without a look at each while none may be stopped, else null. */
export function stepOfServing(
	count: number,
	{ down, atOnce, disruptionsLeft }: UpdateLimits,
): UpdateStep<never> | null {
	if (disruptionsLeft <= 0) return { ...NO_STEP, skipped: count };
	return down >= atOnce ? { ...NO_STEP, waiting: count } : null;
}

const NO_STEP: UpdateStep<never> = { change: [], replace: [], disrupted: 0, skipped: 0, waiting: 0 };
