/** From whatever users do and machines suffer, once that is over there is what is declared, and nothing else. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { indexOf, textOf } from "../../../../src/control/controllers/borg/tasks.js";
import { configurationOf, taskTextOf } from "../../../../src/control/kinds/borg/job.js";
import { type BorgPlane, borgPlane } from "./borg-plane.js";

const MACHINES = 4;
const names = fc.constantFrom("web", "api");
const machines = fc.nat(MACHINES - 1).map((i) => `n-${i}`);
const change = fc.record(
	{
		replicas: fc.nat(8),
		image: fc.constantFrom("a", "b", "c"),
		priority: fc.constantFrom("production", "batch", "best-effort"),
		requests: fc.constantFrom({ cpu: "100m" }, { cpu: "400m" }, { cpu: "450m" }),
		constraints: fc.constantFrom([], [{ label: "disk", value: "ssd" }]),
		transaction: fc.constantFrom("pushed", "open", "undone", "closed"),
		update: fc.record({ atOnce: fc.integer({ min: 1, max: 3 }), maxDisruptions: fc.constantFrom("unlimited", 0, 2) }),
	},
	{ requiredKeys: [] },
);
const step = fc.oneof(
	{ weight: 2, arbitrary: fc.record({ do: fc.constant("create" as const), name: names, change }) },
	{ weight: 5, arbitrary: fc.record({ do: fc.constant("push" as const), name: names, change }) },
	fc.record({ do: fc.constant("cancel" as const), name: names }),
	fc.record({ do: fc.constantFrom("silence" as const, "hear" as const, "drain" as const), machine: machines }),
);
const script = fc.array(fc.tuple(fc.constantFrom(0, 0.05, 1, 8, 30), step), { maxLength: 25 });

test("a cell converges to what is declared", () => {
	fc.assert(
		fc.property(script, (steps) => {
			const borg = borgPlane(MACHINES);
			const present = new Set<string>();
			for (const [seconds, action] of steps) {
				borg.plane.runFor(seconds);
				perform(borg, present, action);
			}
			for (let i = 0; i < MACHINES; i++) {
				borg.silence(`n-${i}`, false);
				borg.plane.plane.patch("Node", `/n-${i}`, { spec: { unschedulable: false } });
			}
			for (const name of present) borg.push(name, { transaction: "closed", update: { maxDisruptions: "unlimited" } });
			borg.plane.runFor(300);
			let expected = 0;
			for (const name of present) {
				const { spec, status } = borg.job(name);
				const tasks = borg.tasks(name);
				expect(tasks.map(indexOf)).toEqual(Array.from({ length: spec.replicas }, (_, i) => i));
				for (const task of tasks) {
					expect(task.status.ready).toBe(true);
					expect(textOf(task)).toBe(taskTextOf(configurationOf(spec)));
				}
				const { replicas } = spec;
				expect(status).toMatchObject({ tasks: replicas, running: replicas, updated: replicas, skipped: 0 });
				expect(status.committed).toEqual(configurationOf(spec));
				expected += replicas;
			}
			expect(borg.plane.pods).toHaveLength(expected);
			expect([...borg.plane.cell.pods.all()]).toHaveLength(expected);
			checkMachines(borg);
		}),
		{ seed: 20, numRuns: 150 },
	);
});

/** What the cell has of each task is what it was declared with, changed in place or not. */
function checkMachines({ plane: { cell, plane, pods } }: BorgPlane): void {
	for (const pod of pods) {
		const { facts, requests } = cell.pod(plane.pods.podOf(pod.metadata.uid)!).podClass.spec;
		const { priority, containers } = pod.spec.template.spec as {
			priority: number;
			containers: readonly [{ resources: { requests: { cpu?: string } } }];
		};
		expect(facts.priority).toBe(priority);
		expect(requests["cpu"] ?? 0).toBe(Number.parseInt(containers[0].resources.requests.cpu ?? "0", 10));
	}
}

type Step = (typeof step)["generate"] extends (...args: never[]) => { readonly value: infer Value } ? Value : never;

function perform(borg: BorgPlane, present: Set<string>, action: Step): void {
	switch (action.do) {
		case "create":
			if (present.has(action.name) || borg.job(action.name) !== undefined) return;
			borg.create(action.name, { image: "a", ...action.change });
			present.add(action.name);
			return;
		case "push":
			if (present.has(action.name)) borg.push(action.name, action.change);
			return;
		case "cancel":
			if (present.delete(action.name)) borg.plane.delete("BorgJob", action.name);
			return;
		case "silence":
		case "hear":
			borg.silence(action.machine, action.do === "silence");
			return;
		case "drain":
			borg.plane.plane.drain(action.machine, () => {});
	}
}
