import { expect, test } from "vitest";
import { ReservationLevels } from "../../../src/node/overcommit/reservation-levels.js";

test("levels of reservations: shares of the sums, quantiles over tasks, and how often a task used more", () => {
	const levels = new ReservationLevels();
	const cpu = { used: 0, reserved: 0, limit: 0 };
	// Used 10 + 60 + 30 of 300, reserved 40 + 50 + 100; the second uses more than is reserved for it.
	levels.note(cpu, { used: 10, reserved: 40, limit: 100 });
	levels.note(cpu, { used: 60, reserved: 50, limit: 100 });
	levels.note(cpu, { used: 30, reserved: 100, limit: 100 });
	expect(levels.metrics()).toEqual({
		"overcommit_usage_over_limit.memory": 100 / 300,
		"overcommit_reservation_over_limit.memory": 190 / 300,
		"overcommit_reservations_exceeded.memory": 1 / 3,
		"overcommit_usage_over_limit_p10.memory": 0.1,
		"overcommit_reservation_over_limit_p10.memory": 0.4,
		"overcommit_usage_over_limit_p50.memory": 0.3,
		"overcommit_reservation_over_limit_p50.memory": 0.5,
		"overcommit_usage_over_limit_p90.memory": 0.6,
		"overcommit_reservation_over_limit_p90.memory": 1,
	});
});

test("nothing is said of resources that no task has a limit of", () => {
	expect(new ReservationLevels().metrics()).toEqual({});
});
