/** From whatever users do and nodes suffer, once that is over there is what is declared, and nothing else. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isClean, isRunning, slotOf } from "../../../../src/control/controllers/swarm/tasks.js";
import { swarmPlane } from "./swarm-plane.js";

const NODES = 4;
const names = fc.constantFrom("web", "api");
const nodes = fc.nat(NODES - 1).map((i) => `n-${i}`);
const replicas = fc.nat(12);
const settings = fc.record({
	parallelism: fc.nat(3),
	delay: fc.constantFrom("0s", "2s"),
	order: fc.constantFrom("stop-first", "start-first"),
});
const step = fc.oneof(
	fc.record({ do: fc.constant("create"), name: names, replicas, settings, global: fc.nat(4).map((n) => n === 0) }),
	{ weight: 2, arbitrary: fc.record({ do: fc.constant("scale"), name: names, replicas }) },
	{
		weight: 2,
		arbitrary: fc.record({ do: fc.constant("update"), name: names, image: fc.constantFrom("i:1", "i:2", "i:3") }),
	},
	fc.record({ do: fc.constant("remove"), name: names }),
	fc.record({ do: fc.constantFrom("silence", "hear"), node: nodes }),
	fc.record({ do: fc.constantFrom("drain", "cordon", "uncordon"), node: nodes }),
	fc.record({ do: fc.constantFrom("fail", "recover"), managers: fc.integer({ min: 1, max: 3 }) }),
);
const steps = fc.array(fc.tuple(fc.constantFrom(0, 0.05, 1, 8, 20), step), { maxLength: 25 });

test("a swarm converges to what is declared", () => {
	fc.assert(
		fc.property(fc.constantFrom("1.12", "1.13", "17.05"), steps, (version, script) => {
			const swarm = swarmPlane(NODES, version as "1.12", "1", 3);
			const declared = new Map<string, { global: boolean; replicas: number; image: string }>();
			for (const [seconds, action] of script) {
				swarm.plane.runFor(seconds);
				if ("managers" in action) swarm.plane.plane[action.do as "fail"]("manager", action.managers);
				// Nobody is there to be told.
				else if ("node" in action || swarm.plane.plane.availability.serving) perform(swarm, declared, action);
			}
			swarm.plane.plane.recover("manager");
			swarm.plane.runFor(10);
			for (let i = 0; i < NODES; i++) {
				swarm.silence(`n-${i}`, false);
				swarm.availability(`n-${i}`, "uncordon");
			}
			swarm.plane.runFor(300);
			let expected = 0;
			for (const [name, { global, replicas, image }] of declared) {
				const { spec, status } = swarm.service(name);
				const wanted = global
					? Array.from({ length: NODES }, (_, i) => `n-${i}`)
					: Array.from({ length: replicas }, (_, i) => String(i + 1));
				const tasks = swarm.tasks(name);
				expect(tasks.every((task) => isRunning(task) && isClean(task, spec))).toBe(true);
				expect(spec.image).toBe(image);
				// Slots may have other numbers than the lowest ones, but each has one task.
				const slots = tasks.map(slotOf).sort();
				expect(new Set(slots).size).toBe(slots.length);
				expect(slots).toHaveLength(wanted.length);
				if (global) expect(slots).toEqual(wanted);
				expect(status).toMatchObject({ tasks: wanted.length, running: wanted.length, updated: wanted.length });
				expect(["none", "completed"]).toContain(status.update);
				expected += wanted.length;
			}
			expect(swarm.plane.pods).toHaveLength(expected);
			expect([...swarm.plane.cell.pods.all()]).toHaveLength(expected);
		}),
		{ seed: 20, numRuns: 150 },
	);
});

type Step = Exclude<
	(typeof step)["generate"] extends (...args: never[]) => { readonly value: infer Value } ? Value : never,
	{ managers: number }
>;

function perform(
	swarm: ReturnType<typeof swarmPlane>,
	declared: Map<string, { global: boolean; replicas: number; image: string }>,
	action: Step,
): void {
	if ("node" in action) {
		const { node } = action;
		if (action.do === "silence" || action.do === "hear") swarm.silence(node, action.do === "silence");
		else swarm.availability(node, action.do as "drain");
		return;
	}
	const { name } = action;
	const known = declared.get(name);
	if ("settings" in action) {
		if (known !== undefined) return;
		const { global, replicas, settings } = action;
		const mode = global ? { mode: "global" } : { mode: "replicated", replicas };
		swarm.create(name, { image: "i:1", deploy: { ...mode, update_config: settings } });
		declared.set(name, { global, replicas, image: "i:1" });
	} else if (known !== undefined && "replicas" in action) {
		if (known.global) return;
		swarm.update(name, { deploy: { replicas: action.replicas } });
		known.replicas = action.replicas;
	} else if (known !== undefined && "image" in action) {
		swarm.update(name, { image: action.image });
		known.image = action.image;
	} else if (known !== undefined) {
		swarm.remove(name);
		declared.delete(name);
	}
}
