import { expect, test } from "vitest";
import { type ApiResult, ApiServer } from "../../src/control/api-server.js";
import { Reads } from "../../src/control/reads.js";
import { Engine } from "../../src/engine/engine.js";

const DRAFT = { kind: "Node", metadata: { namespace: "", name: "n" }, spec: 1, status: null };

/** What a read that is served at 5 and answered at 8 finds, where an object is created and written to (`spec` 2) at these times. */
function found(createdUs: number, writtenUs: number): unknown {
	const engine = new Engine();
	const server = new ApiServer(engine);
	const created = engine.kind("create", 0, () => server.create(DRAFT));
	const written = engine.kind("write", 0, () => server.patch("Node", "/n", (object) => ({ ...object, spec: 2 })));
	engine.schedule(createdUs, created, 0);
	engine.schedule(writtenUs, written, 0);
	const reads = new Reads(engine, server, 0);
	const answers: [at: number, result: ApiResult][] = [];
	const answer = (result: ApiResult) => answers.push([engine.nowUs, result]);
	const sought = { kind: "Node", key: "/n", kept: null };
	reads.begin({ sought, servedUs: 5, answer, isThere: () => true, found: undefined, event: null }, 8);
	engine.runUntil(20);
	const [at, result] = answers[0]!;
	expect([answers.length, at]).toEqual([1, 8]);
	return result.ok ? result.object.spec : result.error;
}

test("a read answers what was there when it was served", () => {
	expect(found(1, 4)).toBe(2);
	expect(found(1, 6)).toBe(1);
	expect(found(1, 9)).toBe(1);
	expect(found(6, 7)).toEqual({ code: 404, message: 'Node "n" not found' });
});
