import { expect, test } from "vitest";
import { canonicalJson } from "../../src/objects/canonical-json.js";

test("keys are sorted at every depth, lists keep their order, absent fields vanish", () => {
	const value = { b: [{ z: 1, a: null }, 2], a: "é\n", B: undefined, 10: true, 9: -0 };
	expect(canonicalJson(value)).toBe('{"10":true,"9":0,"a":"é\\n","b":[{"a":null,"z":1},2]}');
	expect(canonicalJson({ b: 1, a: 2 })).toBe(canonicalJson({ a: 2, b: 1 }));
	expect(() => canonicalJson({ a: [Infinity] })).toThrow("JSON has no Infinity");
});
