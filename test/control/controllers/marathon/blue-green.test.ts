/** Blue-green and canary deployments, as zdd.py makes them. */
import { expect, test } from "vitest";
import type { BlueGreen } from "../../../../src/control/kinds/marathon/blue-green.js";
import { node } from "../../../support/cells.js";
import { MesosPlane } from "../../../support/mesos-planes.js";

function withBlue(instances: number): MesosPlane {
	const test = new MesosPlane({ nodes: [0, 1, 2, 3].map((n) => node(`n${n}`, { cpu: 16_000, memory: 64e9 })) });
	test.create("App", "/blue", { instances, cpus: 0.1, mem: 32, cmd: "1" });
	test.runFor(60);
	return test;
}

/** "green+blue" of each change of the two. */
function splits(test: MesosPlane, seconds: number): readonly string[] {
	const found: string[] = [];
	for (let second = 0; second < seconds; second++) {
		test.runFor(1);
		const split = `${test.app("/green")?.spec.instances ?? 0}+${test.app("/blue")?.spec.instances ?? 0}`;
		if (split !== found.at(-1)) found.push(split);
	}
	return found;
}

test("the new app grows by half of what it has, the old one gives up what is beyond the target, and goes when all of it can", () => {
	const test = withBlue(10);
	test.create("BlueGreen", "/green", { replaces: "/blue", changes: { cmd: "2" } });
	// 1 + 10: one too many. floor(1 + 1) = 2, floor(2 + 1.5) = 3, floor(3 + 2) = 5, floor(5 + 3) = 8 >= 7 old ones, hence all 10.
	expect(splits(test, 200)).toEqual(["1+10", "2+9", "3+8", "5+7", "10+5", "10+0"]);
	expect(test.pods.map(({ metadata }) => metadata.labels["marathon/app"])).toEqual(Array(10).fill("/green"));
});

test("a canary stops at its number of instances: 2 new of 10 get a fifth of the requests", () => {
	const test = withBlue(10);
	test.create("BlueGreen", "/green", { replaces: "/blue", changes: { cmd: "2" }, newInstances: 2 });
	expect(splits(test, 600)).toEqual(["1+10", "2+9", "2+8"]);
	const { status } = test.plane.server.get("BlueGreen", "default//green") as BlueGreen;
	expect(status).toEqual({ phase: "Done", target: 10, green: 2, blue: 8 });
});

test("old instances that do not drain are killed after the longest wait", () => {
	const test = withBlue(2);
	test.create("BlueGreen", "/green", {
		replaces: "/blue",
		changes: { cmd: "2" },
		drainSeconds: 900,
		maxWaitSeconds: 60,
	});
	test.runFor(55);
	expect(test.app("/blue")!.spec.instances).toBe(2);
	test.runFor(25);
	expect(test.app("/blue")!.spec.instances).toBe(1);
});
