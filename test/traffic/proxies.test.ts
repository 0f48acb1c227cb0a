import { expect, test } from "vitest";
import type { PodId } from "../../src/cell/ids.js";
import { Engine } from "../../src/engine/engine.js";
import { Proxies } from "../../src/traffic/proxies.js";

const MS = 1000;

test("a proxy acts on what it has heard, and no more often than it may", () => {
	const engine = new Engine();
	const proxies = new Proxies(engine, 0);
	const learned: string[] = [];
	const delays = [100, 30, 30, 30];
	const options = { delayUs: () => delays.shift()! * MS, minSyncUs: 1000 * MS };
	const proxy = proxies.add(options, (pods) => learned.push(`${engine.nowUs / MS} ms: ${pods.join(" ")}`));
	const tell = engine.kind("tell", 0, (pod) => proxies.tell(proxy, [pod as PodId]));
	for (const [pod, atMs] of [0, 10, 1090, 5000].entries()) engine.schedule(atMs * MS, tell, pod);
	engine.runUntil(10_000 * MS);
	// The second change is heard with the first, after which it was sent; the third has to wait for a second to pass.
	expect(learned).toEqual(["100 ms: 1", "1120 ms: 2", "5030 ms: 3"]);
});

test("what is not heard when it is time waits for the next time", () => {
	const engine = new Engine();
	const proxies = new Proxies(engine, 0);
	const learned: number[] = [];
	const proxy = proxies.add({ delayUs: () => 100 * MS, minSyncUs: 1000 * MS }, () => learned.push(engine.nowUs / MS));
	const tell = engine.kind("tell", 0, () => proxies.tell(proxy, []));
	for (const atMs of [0, 500, 999, 1050]) engine.schedule(atMs * MS, tell, 0);
	engine.runUntil(10_000 * MS);
	// 0 is heard at 100; 500 and 999 by 1100; 1050 is heard at 1150, and written at 2100.
	expect(learned).toEqual([100, 1100, 2100]);
});
