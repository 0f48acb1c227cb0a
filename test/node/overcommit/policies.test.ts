import { describe, expect, test } from "vitest";
import { SeededRandomSource } from "../../../src/engine/random.js";
import { overcommitPolicies } from "../../../src/node/overcommit/index.js";
import { nextReservation } from "../../../src/node/overcommit/policies/borg-reclamation.js";
import { limitsOf } from "../../../src/node/overcommit/policy.js";
import { cellOf, node } from "../../support/cells.js";
import { runningPod } from "../../support/machines.js";

const GIB = 2 ** 30;
const MINUTE = 60_000_000;

function policyNamed(name: string, params: object = {}) {
	const definition = overcommitPolicies.all.get(name)!;
	const random = new SeededRandomSource("1").stream("test");
	return definition.create(definition.params?.parse(params), { cell: cellOf([]), random });
}

const pod = (requests: object, limits: object, priority = 0) => {
	const { spec } = runningPod({ requests: { ...requests }, limits: { ...limits } });
	return { ...spec, facts: { ...spec.facts, priority } };
};

describe("what pods count for", () => {
	const burstable = pod({ cpu: 500, memory: GIB }, { cpu: 2000 });

	test("their limits, and requests where there are none", () => {
		expect(limitsOf(burstable)).toEqual({ cpu: 2000, memory: GIB });
		expect(limitsOf({ ...burstable, run: undefined as never })).toMatchObject({ cpu: 500 });
		expect(policyNamed("limits").charge!(burstable)).toEqual({ cpu: 2000, memory: GIB });
		expect(policyNamed("requests").charge).toBeUndefined();
	});

	test("what init containers ask for beyond all others stays", () => {
		expect(limitsOf({ ...burstable, requests: { cpu: 3000, memory: GIB } })).toMatchObject({ cpu: 3000 });
	});

	test("under reclamation production also asks for what is firm", () => {
		const { charge, offer } = policyNamed("borg-reclamation", { production: 200 });
		expect(charge!(burstable)).toEqual({ cpu: 2000, memory: GIB });
		const production = pod({ cpu: 500, memory: GIB }, { cpu: 2000 }, 200);
		expect(charge!(production)).toEqual({ cpu: 2000, memory: GIB, "firm/cpu": 2000, "firm/memory": GIB });
		expect(offer!(node("n", { cpu: 4000, memory: 8 * GIB }))).toMatchObject({
			"firm/cpu": 4000,
			"firm/memory": 8 * GIB,
		});
	});
});

test("a factor multiplies what nodes offer", () => {
	const { offer } = policyNamed("factor", { cpu: 1.5 });
	expect(offer!(node("n", { cpu: 3001, memory: GIB, pods: 10 }))).toMatchObject({ cpu: 4501, memory: GIB, pods: 10 });
});

describe("a reservation", () => {
	const options = { margin: 0.25, halfLife: 10 * MINUTE };

	test("falls by half each half-life towards usage plus margin", () => {
		// Target 400 x 1.25 = 500: 500 + (2000 - 500) / 2 = 1250, then 500 + 750 / 4 = 687.5.
		const first = nextReservation({ reserved: 2000, used: 400, limit: 2000 }, 10 * MINUTE, options);
		expect(first).toBe(1250);
		expect(nextReservation({ reserved: first, used: 400, limit: 2000 }, 20 * MINUTE, options)).toBe(687.5);
	});

	test("rises at once, and not beyond the limit", () => {
		expect(nextReservation({ reserved: 600, used: 800, limit: 2000 }, 1, options)).toBe(1000);
		expect(nextReservation({ reserved: 600, used: 1900, limit: 2000 }, 1, options)).toBe(2000);
	});
});
