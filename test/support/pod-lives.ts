/**
 * A pod's life under `PodLifecycle` with a machine that does as it is told, as a text: a line for each thing that happens,
 * `seconds what container`.
 */
import {
	type LifecycleOptions,
	type PodAction,
	PodLifecycle,
	type StopReason,
} from "../../src/node/kubelet/lifecycle.js";
import type { PodRun } from "../../src/objects/pod-run.js";

const SECOND = 1_000_000;

/** How a container behaves; times in seconds. */
export interface Behaviour {
	/** Until it runs once it was told to start, which is then said. Default: at once, and not said. */
	readonly pulls?: number;
	/** How long each run lasts and with which code it ends; the last one again and again. Default: for ever. */
	readonly runs?: readonly { readonly lasts: number; readonly code: number }[];
	/** From when to when it serves after its start, in turns: [2, 50] from 2 to 50. Default: from 0. */
	readonly serves?: readonly number[];
	/** Until it ends, with 0, when it gets SIGTERM. Default 0; Infinity: it ignores it. */
	readonly obeys?: number;
}

export interface LifeOptions extends LifecycleOptions {
	readonly behaviour?: Readonly<Record<string, Behaviour>>;
	readonly stop?: { readonly at: number; readonly reason: StopReason; readonly grace: number };
	/** When to stop looking. Default 1000. */
	readonly until?: number;
}

interface Due {
	readonly atUs: number;
	readonly what: () => void;
	/** Gone when it ends. */
	readonly container: number;
}

export function lifeOf(
	run: PodRun,
	{ behaviour = {}, stop, until = 1000, ...options }: LifeOptions = {},
): readonly string[] {
	const life = new PodLifecycle(run, options);
	const log: string[] = [];
	const starts = run.containers.map(() => 0);
	const runningSinceUs = run.containers.map((): number | null => null);
	let due: Due[] = [];
	let nowUs = 0;
	const name = (container: number) => run.containers[container]!.name;
	const behaviourOf = (container: number) => behaviour[name(container)] ?? {};
	const later = (seconds: number, container: number, what: () => void) => {
		if (seconds !== Number.POSITIVE_INFINITY) due.push({ atUs: nowUs + Math.round(seconds * SECOND), what, container });
	};
	const say = (what: string) => log.push(`${nowUs / SECOND} ${what}`);
	const serves = (container: number) => {
		const sinceUs = runningSinceUs[container]!;
		const turns = behaviourOf(container).serves ?? [0];
		return turns.filter((turn) => sinceUs + turn * SECOND <= nowUs).length % 2 === 1;
	};
	const exits = (container: number, code: number) => {
		say(`${name(container)} exits ${code}`);
		runningSinceUs[container] = null;
		due = due.filter((each) => each.container !== container);
		perform(life.containerExited(container, code, nowUs));
	};
	const runs = (container: number) => {
		const { runs = [], serves = [0] } = behaviourOf(container);
		runningSinceUs[container] = nowUs;
		const now = runs[Math.min(starts[container]! - 1, runs.length - 1)];
		for (const turn of serves) if (turn > 0) later(turn, container, () => life.servingChanged(container, nowUs));
		if (now) later(now.lasts, container, () => exits(container, now.code));
		if (behaviourOf(container).pulls !== undefined) say(`${name(container)} runs`);
		perform(life.containerStarted(container, nowUs));
	};
	const perform = (actions: readonly PodAction[]): void => {
		for (const action of actions) {
			if (action.kind === "ready") say(action.ready ? "ready" : "unready");
			else if (action.kind === "running") say("running");
			else if (action.kind === "ended") say(action.phase);
			else {
				const { container } = action;
				say(`${action.kind} ${name(container)}`);
				if (action.kind === "start") {
					starts[container] = action.attempt + 1;
					later(behaviourOf(container).pulls ?? 0, container, () => runs(container));
				} else if (action.kind === "kill") exits(container, 137);
				else later(behaviourOf(container).obeys ?? 0, container, () => exits(container, 0));
			}
		}
	};
	perform(life.begin(nowUs));
	let isStopped = stop === undefined;
	for (;;) {
		due.sort((a, b) => a.atUs - b.atUs);
		const stopUs = isStopped ? Number.POSITIVE_INFINITY : stop!.at * SECOND;
		const nextUs = Math.min(stopUs, due[0]?.atUs ?? Number.POSITIVE_INFINITY, life.nextDueUs);
		if (life.phase === "Succeeded" || life.phase === "Failed") {
			if (life.nextDueUs !== Number.POSITIVE_INFINITY) say("something is still due");
			return log;
		}
		if (nextUs > until * SECOND) return log;
		nowUs = nextUs;
		if (due[0]?.atUs === nowUs) due.shift()!.what();
		else if (stopUs === nowUs) {
			isStopped = true;
			say(stop!.reason);
			due = due.filter(({ container }) => runningSinceUs[container] !== null);
			perform(life.stop(stop!.reason, nowUs, stop!.grace * SECOND));
		} else perform(life.advance(nowUs, serves));
	}
}
