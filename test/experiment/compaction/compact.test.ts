/** Compaction of cells so small that the answer is known by hand. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { group, specOf, tasks, trialOf } from "../../support/compaction.js";
import { temporaryFolder } from "../../support/experiment-files.js";

const folder = temporaryFolder("compact");
const compact = (spec: string, trial = 0) => trialOf(folder, spec, { trial });

/** 12 tasks of 2 cpu. */
const TWELVE = tasks({ name: "web", jobs: 4, tasks: 3, cpu: 2 });

describe("identical machines", () => {
	test.each(["binary", "linear"])("12 tasks of 2 cpu need 6 machines of 4: %s", async (search) => {
		const made = await compact(specOf([group("n", 10, 4)], [TWELVE], `{search: ${search}}`));
		expect(made).toMatchObject({
			machines: 6,
			originalMachines: 10,
			clones: 1,
			cells: 1,
			jobs: 4,
			tasks: 12,
			pendingTasks: 0,
			emptyMachines: 0,
			growth: 0,
		});
		// What all ask for needs 6 machines: binary packs 6 once, linear 10, 9, 8, 7 and 6.
		expect(made.packings).toBe(search === "binary" ? 1 : 5);
	});

	test("3 cpu each leave a quarter of every machine unused: the bound of 9 is too low, and 12 is found", async () => {
		const web = tasks({ name: "web", jobs: 4, tasks: 3, cpu: 3 });
		const made = await compact(specOf([group("n", 20, 4)], [web], "{}"));
		expect(made).toMatchObject({ machines: 12, emptyMachines: 0 });
		// 9, 11, 15, 13, 12: doubling steps, then halves.
		expect(made.packings).toBe(5);
		// On each: 1 of 4 cpu free, 63 of 64 Gi: of the memory all beyond a quarter is stranded.
		expect(made.cpuStranded / made.cpuOffered).toBe(0);
		expect(made.memoryStranded / made.memoryOffered).toBeCloseTo(63 / 64 - 1 / 4, 10);
	});
});

describe("a cell that is too small", () => {
	test("is cloned as often as needed: 12 tasks of 2 cpu need 6 machines where there are 4", async () => {
		expect(await compact(specOf([group("n", 4, 4)], [TWELVE], "{}"))).toMatchObject({ machines: 6, clones: 2 });
	});

	test("is not cloned more often than allowed", async () => {
		await expect(compact(specOf([group("n", 2, 4)], [TWELVE], "{clones: 2}"))).rejects.toThrow(
			"12 tasks of 4 jobs do not fit on the 2 machines of the cell, 2 times over: raise spec.compaction.clones, or see with --method pack what stays pending",
		);
	});
});

describe("the picky rule", () => {
	/** One machine of 10 has an attribute that one task of 100 needs. */
	const nodes = [group("plain", 9, 16), group("odd", 1, 16, "metadata: {labels: {odd: yes-it-is}},")];
	const picky = tasks({ name: "picky", jobs: 1, tasks: 1, cpu: 1, pod: "nodeSelector: {odd: yes-it-is}," });
	const usual = tasks({ name: "usual", jobs: 33, tasks: 3, cpu: 1 });
	// 100 cpu need 7 machines of 16.
	const sizes = async (options: string) => {
		const made = [];
		for (let trial = 0; trial < 8; trial++) made.push(await compact(specOf(nodes, [picky, usual], options), trial));
		return made;
	};

	test("a task that few machines can run may stay pending, if it is few enough", async () => {
		const made = await sizes("{pending: 0.01, picky: 1}");
		expect(made.map(({ machines }) => machines)).toEqual(Array(8).fill(7));
		expect(new Set(made.map(({ pendingTasks }) => pendingTasks))).toEqual(new Set([0, 1]));
	});

	test.each([
		["it is too large a share", "{pending: 0.009, picky: 1}"],
		["it is not picky", "{pending: 0.01, picky: 0}"],
	])("the machine is kept where the task may not stay pending, since %s", async (_, options) => {
		const made = await sizes(options);
		expect(made.every(({ pendingTasks }) => pendingTasks === 0)).toBe(true);
		// In some orders the machine comes late.
		expect(Math.max(...made.map(({ machines }) => machines))).toBeGreaterThan(7);
	});

	test("a task that fits on no machine at all is left out, and counted", async () => {
		const large = tasks({ name: "large", jobs: 1, tasks: 2, cpu: 17 });
		expect(await compact(specOf(nodes, [usual, large], "{}"))).toMatchObject({
			machines: 7,
			tasks: 99,
			unplaceableTasks: 2,
		});
	});
});

describe("constraints", () => {
	const nodes = [
		group("a", 4, 4, "metadata: {labels: {kind: a}},"),
		group("b", 4, 4, "metadata: {labels: {kind: b}},"),
	];
	const pinned = (count: number) =>
		tasks({ name: "pinned", jobs: 1, tasks: count, cpu: 2, pod: "nodeSelector: {kind: a}," });

	test("of a job with tasks for half the machines or fewer hold", async () => {
		const made = await compact(specOf(nodes, [pinned(4)], "{picky: 0}"));
		// Two machines of kind a are needed, and they come in random order.
		expect(made.machines).toBeGreaterThanOrEqual(2);
		const all = await Promise.all(
			[0, 1, 2, 3, 4, 5].map((trial) => compact(specOf(nodes, [pinned(4)], "{picky: 0}"), trial)),
		);
		expect(Math.max(...all.map(({ machines }) => machines))).toBeGreaterThan(2);
	});

	test("of a job with tasks for more than half the machines are wishes: 6 tasks need any 3 machines", async () => {
		for (const trial of [0, 1, 2, 3])
			expect(await compact(specOf(nodes, [pinned(6)], "{picky: 0}"), trial)).toMatchObject({
				machines: 3,
				pendingTasks: 0,
			});
	});

	test("tasks that name their machine are left out", async () => {
		const daemon = tasks({
			name: "daemon",
			jobs: 1,
			tasks: 1,
			cpu: 4,
			pod: "nodeSelector: {kubernetes.io/hostname: a-0},",
		});
		expect(await compact(specOf(nodes, [daemon, pinned(6)], "{}"))).toMatchObject({
			machines: 3,
			tasks: 6,
			machineBoundTasks: 1,
		});
	});
});

describe("several cells", () => {
	const nodes = [group("n", 20, 4)];
	const web = tasks({ name: "web", jobs: 3, tasks: 1, cpu: 1, pod: "priority: 200," });
	const batch = tasks({ name: "batch", jobs: 5, tasks: 1, cpu: 1, pod: "priority: 100," });

	test.each([
		// 8 cpu.
		["none", {}, 2, 1],
		// 3 cpu and 5 cpu.
		["band", {}, 3, 2],
		// Everybody is in one namespace, which asks for 8 of 1,280 Gi.
		["user", { userShare: 0.00625 }, 2, 1],
		// 3, 3 and 2 jobs.
		["job", { cells: 3 }, 3, 3],
		["job", { cells: 1 }, 2, 1],
	])("%s %j: %d machines in %d cells", async (by, more, machines, cells) => {
		const split = JSON.stringify({ by, ...more });
		expect(await compact(specOf(nodes, [web, batch], `{split: ${split}}`))).toMatchObject({ machines, cells, jobs: 8 });
	});
});

test("a checkpoint holds what would run at its instant", async () => {
	const late = `- {name: late, arrival: {deterministic: {every: 10m}}, count: 6, template: {spec: {containers: [{name: c, resources: {requests: {cpu: "4"}}}]}}, sim: {duration: 15m}}`;
	// Submitted at 0, 10, 20, ... 50 min: at 25 min the third runs, and the second since 10 min until 25 min, exclusive.
	expect(await compact(specOf([group("n", 9, 4)], [late], "{at: 25m}"))).toMatchObject({ machines: 1, tasks: 1 });
	expect(await compact(specOf([group("n", 9, 4)], [late], "{at: 24m}"))).toMatchObject({ machines: 2, tasks: 2 });
	expect(await compact(specOf([group("n", 9, 4)], [late], "{}"))).toMatchObject({ machines: 6, tasks: 6 });
});

test("bounds never skip a size that is enough: linear search from the top agrees wherever packing is monotone", () =>
	fc.assert(
		fc.asyncProperty(
			fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
			fc.integer({ min: 1, max: 3 }),
			fc.integer({ min: 0, max: 3 }),
			async (sizes, count, trial) => {
				const work = sizes.map((cpu, i) =>
					tasks({ name: `w${i}`, jobs: 1, tasks: count, cpu, pod: `priority: ${cpu},` }),
				);
				// Machines of 4 cpu, largest tasks first, the first machine with room: more machines never hurt.
				const nodes = [group("n", 30, 4)];
				const [binary, linear] = await Promise.all(
					["binary", "linear"].map((search) => compact(specOf(nodes, work, `{search: ${search}}`, "first-fit"), trial)),
				);
				expect(binary!.machines).toBe(linear!.machines);
				// First fit, by hand.
				const free: number[] = [];
				for (const cpu of [...sizes].sort((a, b) => b - a))
					for (let i = 0; i < count; i++) {
						const at = free.findIndex((left) => left >= cpu);
						if (at < 0) free.push(4 - cpu);
						else free[at]! -= cpu;
					}
				expect(binary!.machines).toBe(free.length);
			},
		),
		{ seed: 11, numRuns: 25 },
	));

test("any scheduler packs: the same work on the same machines", async () => {
	for (const scheduler of ["first-fit", "random-fit", "worst-fit", "dot-product", "kube-scheduler", "borg"])
		expect(await compact(specOf([group("n", 10, 4)], [TWELVE], "{}", scheduler)), scheduler).toMatchObject({
			machines: 6,
		});
});

test("devices count, whoever packs: 12 tasks with 0.4 of a device need 3 machines of 2 devices", async () => {
	const nodes = [group("n", 9, 64).replace("template:", "gpu: {count: 2, model: T4}, template:")];
	const shares = tasks({ name: "shares", jobs: 12, tasks: 1, cpu: 1 }).replace(
		"sim: {duration: forever}",
		"sim: {duration: forever, shapes: [{weight: 1, requests: {cpu: 1}, gpu: {count: 1, milli: 400}}]}",
	);
	for (const scheduler of ["fgd", "gpu-best-fit", "first-fit", "kube-scheduler", "borg"])
		expect(await compact(specOf(nodes, [shares], "{}", scheduler)), scheduler).toMatchObject({
			machines: 3,
			tasks: 12,
		});
});

test("several schedulers cannot pack one cell", async () => {
	const spec = specOf([group("n", 4, 4)], [TWELVE], "{}").replace(
		"{architecture: monolithic, schedulers: [{scheduler: best-fit}]}",
		"{architecture: shared-state, schedulers: [{name: main, scheduler: best-fit, replicas: 2}]}",
	);
	await expect(compact(spec)).rejects.toThrow(
		"a cell is packed by one scheduler, not by 2 (main-0, main-1): leave one in spec.scheduling.schedulers, with replicas: 1",
	);
});

test("what may stay pending is a share of the whole workload, whichever of several cells it is in", async () => {
	const nodes = [group("plain", 18, 16), group("odd", 2, 16, "metadata: {labels: {odd: yes-it-is}},")];
	const picky = tasks({ name: "picky", jobs: 2, tasks: 1, cpu: 1, pod: "nodeSelector: {odd: yes-it-is}," });
	const usual = tasks({ name: "usual", jobs: 98, tasks: 1, cpu: 1 });
	for (const trial of [0, 1, 2, 3]) {
		const split = "{by: job, cells: 4}";
		// 2 of 100 tasks may, though 2 % of 25 is none: 4 cells of 25 cpu on machines of 16.
		const made = await compact(specOf(nodes, [picky, usual], `{pending: 0.02, picky: 2, split: ${split}}`), trial);
		expect(made).toMatchObject({ machines: 8, cells: 4 });
		expect(made.pendingTasks).toBeLessThanOrEqual(2);
	}
});

test("allocs are packed as what they reserve; the tasks in them are left out", async () => {
	const plain = tasks({ name: "plain", jobs: 4, tasks: 1, cpu: 2 });
	const allocs = tasks({ name: "allocs", jobs: 2, tasks: 1, cpu: 4 }).replace(
		"{duration: forever}",
		"{duration: forever, allocSet: s}",
	);
	const inside = tasks({ name: "inside", jobs: 6, tasks: 1, cpu: 1 }).replace(
		"{duration: forever}",
		"{duration: forever, inAllocSet: s}",
	);
	// 2 x 4 + 4 x 2 cpu on machines of 4.
	expect(await compact(specOf([group("n", 9, 4)], [plain, allocs, inside], "{}"))).toMatchObject({
		machines: 4,
		tasks: 6,
		allocTasks: 6,
	});
});
