/** The tasks of a job: what is counted change by change is what a look at all of them finds. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { JobTasks } from "../../../../src/control/controllers/borg/job-tasks.js";
import { indexOf, taskOf, textOf } from "../../../../src/control/controllers/borg/tasks.js";
import {
	type BorgConfiguration,
	type BorgJob,
	borgJobKind,
	configurationOf,
} from "../../../../src/control/kinds/borg/job.js";
import { isActive, isAvailable, isTerminal, type Pod } from "../../../../src/control/pod.js";
import { SECOND } from "../../../../src/engine/time.js";
import { apiObject, apiPod } from "../../../support/api-objects.js";

const NODES = ["n-0", "n-1"];
/** Two binaries, and one of them with another priority. */
const CONFIGURATIONS = [{ image: "a" }, { image: "b" }, { image: "b", priority: "batch" }].map((spec) =>
	apiObject<BorgJob>(borgJobKind, "web", spec),
);

const step = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.record({
			do: fc.constant("task" as const),
			name: fc.integer({ min: 1, max: 8 }),
			configuration: fc.nat(CONFIGURATIONS.length - 1),
			phase: fc.constantFrom("Pending", "Running", "Running", "Succeeded", "Failed"),
			node: fc.constantFrom("", ...NODES),
			ready: fc.boolean(),
			leaves: fc.boolean(),
			disruption: fc.constantFrom("", "", "Preempted"),
		}),
	},
	fc.record({ do: fc.constant("gone" as const), name: fc.integer({ min: 1, max: 8 }) }),
	fc.record({ do: fc.constant("node" as const), node: fc.constantFrom(...NODES) }),
	fc.record({
		do: fc.constant("job" as const),
		configuration: fc.nat(CONFIGURATIONS.length - 1),
		replicas: fc.nat(5),
		delayUs: fc.constantFrom(0, 3 * SECOND),
	}),
	fc.record({ do: fc.constant("look" as const) }),
);

test("what is counted is what there is", () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
			const pods = new Map<number, Pod>();
			let created = 0;
			const silent = new Set<string>();
			const tasks = new JobTasks((node) => NODES.includes(node) && !silent.has(node));
			let wanted = { target: configuration(0, 3), delayUs: 0 };
			for (const [second, action] of [...steps, { do: "look" as const }].entries()) {
				const nowUs = second * SECOND;
				switch (action.do) {
					case "task": {
						const uid = pods.get(action.name)?.metadata.uid ?? ++created;
						const task = taskLike(action, uid, nowUs);
						pods.set(action.name, task);
						tasks.put(task);
						break;
					}
					case "gone": {
						const task = pods.get(action.name);
						if (task !== undefined) tasks.delete(task);
						pods.delete(action.name);
						break;
					}
					case "node":
						if (!silent.delete(action.node)) silent.add(action.node);
						for (const task of pods.values()) if (task.spec.nodeName === action.node) tasks.touched(task);
						break;
					case "job":
						wanted = { target: configuration(action.configuration, action.replicas), delayUs: action.delayUs };
						break;
					case "look": {
						const scan = scanned([...pods.values()], wanted, nowUs, silent);
						expect({ ...tasks.look(wanted, nowUs), inOrder: tasks.outdated() }).toEqual(scan);
						expect(tasks.isEmpty).toBe(pods.size === 0);
					}
				}
			}
		}),
		{ seed: 12, numRuns: 1000 },
	);
});

function configuration(index: number, replicas: number): BorgConfiguration {
	return { ...configurationOf(CONFIGURATIONS[index]!.spec), replicas };
}

type TaskStep = Extract<
	(typeof step)["generate"] extends (...args: never[]) => { readonly value: infer Value } ? Value : never,
	{ do: "task" }
>;

/** A task of one name keeps its number: four numbers, two tasks each. */
function taskLike(action: TaskStep, uid: number, nowUs: number): Pod {
	const { name, configuration: index, phase, node, ready, leaves, disruption } = action;
	const job = CONFIGURATIONS[index]!;
	const draft = taskOf(job, configurationOf(job.spec), name % 4, { suffix: String(name), barred: new Set() });
	const serves = phase === "Running" && node !== "" && ready;
	const pod = apiPod({
		uid,
		node,
		phase: phase as Pod["status"]["phase"],
		ready: serves,
		...(serves && { readyUs: nowUs }),
		...(leaves && { deletedUs: nowUs }),
		disruption,
	});
	const { name: full, labels = {}, annotations = {} } = draft.metadata;
	return { ...pod, metadata: { ...pod.metadata, name: full, labels, annotations } };
}

/** The definition: a look at every task, in order of creation. */
function scanned(
	pods: Pod[],
	wanted: { target: BorgConfiguration; delayUs: number },
	nowUs: number,
	silent: ReadonlySet<string>,
) {
	const { target, delayUs } = wanted;
	const active = new Map<number, Pod>();
	const done = new Set<number>();
	const leaving = new Set<number>();
	const spent: Pod[] = [];
	for (const task of pods.sort((a, b) => a.metadata.uid - b.metadata.uid)) {
		const index = indexOf(task);
		const { phase, disruption } = task.status;
		if (isActive(task)) {
			if (active.has(index) || index >= target.replicas) spent.push(task);
			else active.set(index, task);
		} else if (task.metadata.deletedUs !== null) {
			const { nodeName } = task.spec;
			if (!isTerminal(phase) && nodeName !== "" && !silent.has(nodeName)) leaving.add(index);
		} else if (phase === "Succeeded" && disruption === "" && index < target.replicas) done.add(index);
		else spent.push(task);
	}
	const all = [...active.values()];
	const imageOf = (task: Pod) => JSON.parse(textOf(task)).image;
	const isOutdated = (task: Pod) =>
		imageOf(task) !== target.image || JSON.parse(textOf(task)).priority !== target.priority;
	const outdated = all.filter(isOutdated).sort((a, b) => indexOf(a) - indexOf(b));
	const numbers = Array.from({ length: target.replicas }, (_, i) => i);
	return {
		tasks: all.length + done.size,
		running: all.filter(({ status }) => status.ready).length + done.size,
		updated: all.length - outdated.length + done.size,
		up: all.filter((task) => isAvailable(task, isOutdated(task) ? 0 : delayUs, nowUs)).length + done.size,
		missing: numbers.filter((i) => !active.has(i) && !done.has(i) && !leaving.has(i)),
		spent,
		outdated: outdated.length,
		allMustStop: outdated.every((task) => task.status.ready && imageOf(task) !== target.image),
		inOrder: outdated,
	};
}
