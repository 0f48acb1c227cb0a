import { expect, test } from "vitest";
import type { PostedEvent } from "../../src/control/api-server.js";
import { ApiServer } from "../../src/control/api-server.js";
import { Availability } from "../../src/control/availability/availability.js";
import { Capacity } from "../../src/control/capacity.js";
import { Client, Requests } from "../../src/control/client.js";
import { EventRecorder } from "../../src/control/event-recorder.js";
import { Evictions } from "../../src/control/eviction.js";
import { Engine } from "../../src/engine/engine.js";
import { MINUTE, SECOND } from "../../src/engine/time.js";
import { apiPod } from "../support/api-objects.js";

function makeRecorder({ qps = 1000, burst = 1000 } = {}) {
	const engine = new Engine();
	const server = new ApiServer(engine);
	const posted: string[] = [];
	server.watchEvents(({ message }) => posted.push(message));
	const availability = new Availability();
	const requests = new Requests(engine, server, 0, {
		availability,
		capacity: new Capacity(0),
		requestUs: 1,
		answerUs: 1,
		evictions: new Evictions(engine, server, {
			phase: 0,
			requestUs: 1,
			capacity: new Capacity(0),
			jitter: () => 0,
			availability,
		}),
	});
	const recorder = new EventRecorder(engine, new Client(engine, requests, { qps, burst }));
	const say = (message: string, more: Partial<PostedEvent> = {}) => {
		const about = apiPod({ uid: 1 });
		recorder.post({ source: "s", about, type: "Normal", reason: "Made", message, ...more });
		engine.runUntil(engine.nowUs + SECOND);
	};
	return { engine, posted, recorder, say };
}

test("the tenth similar event and those after it are combined, until there was none for ten minutes", () => {
	const { engine, posted, say } = makeRecorder();
	for (let i = 1; i <= 11; i++) say(`made ${i}`);
	expect(posted.slice(8)).toEqual([
		"made 9",
		"(combined from similar events): made 10",
		"(combined from similar events): made 11",
	]);
	say("gone", { reason: "Deleted" });
	expect(posted.at(-1)).toBe("gone");
	engine.nowUs += 11 * MINUTE;
	say("made 12");
	expect(posted.at(-1)).toBe("made 12");
});

test("25 of one object and type, then one in five minutes", () => {
	const { engine, posted, say } = makeRecorder();
	for (let i = 0; i < 40; i++) say(`made ${i}`, { reason: i % 2 === 0 ? "Made" : "Deleted" });
	expect(posted.length).toBe(25);
	say("wrong", { type: "Warning" });
	say("another", { about: apiPod({ uid: 2 }) });
	expect(posted.slice(25)).toEqual(["wrong", "another"]);
	engine.nowUs += 5 * MINUTE;
	say("late");
	say("too early");
	expect(posted.slice(27)).toEqual(["(combined from similar events): late"]);
});

test("a hundred thousand events that wait for a slow client, most of them to be dropped, are gone through", () => {
	const { engine, posted, recorder } = makeRecorder({ qps: 1, burst: 1 });
	for (let i = 0; i < 100_000; i++) {
		const about = apiPod({ uid: i < 99_999 ? 1 : 2 });
		recorder.post({ source: "s", about, type: "Normal", reason: "Made", message: `made ${i}` });
	}
	engine.runUntil(30 * SECOND);
	// 25 of the first object; the last one is of another.
	expect(posted.length).toBe(26);
	expect(posted.at(-1)).toBe("made 99999");
});
