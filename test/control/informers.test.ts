import { expect, test } from "vitest";
import { ApiServer } from "../../src/control/api-server.js";
import { Informers } from "../../src/control/informers.js";
import { Engine } from "../../src/engine/engine.js";
import { apiPod } from "../support/api-objects.js";

test("a cache is behind the store, and changes come in their order however long each takes", () => {
	const engine = new Engine();
	const server = new ApiServer(engine);
	const delays = [5, 1, 20];
	const seen = new Informers(engine, server, { name: "test", phase: 0, watchUs: () => delays.shift()! });
	const heard: string[] = [];
	seen.on("Pod", ({ key }) => heard.push(`${engine.nowUs} ${key} of ${seen.all("Pod").size}`));
	for (const uid of [1, 2, 3]) server.create(apiPod({ uid }));
	expect(seen.get("Pod", "default/p-1")).toBeUndefined();
	engine.runUntil(100);
	// The second would come at 1, before the first.
	expect(heard).toEqual(["5 default/p-1 of 1", "5 default/p-2 of 2", "20 default/p-3 of 3"]);
});
