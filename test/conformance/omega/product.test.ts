/** The product under the simulator's event order and randomness; all cells and seeds are checked by `npm run conformance -- omega DIR`. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runSuite } from "../suite.js";
import { suites } from "../suites.js";

const FOLDER = fileURLToPath(new URL("../../../../shared/reference/omega", import.meta.url));

test.skipIf(!existsSync(FOLDER))(
	"repeats runs of the Omega paper's simulator, decision by decision (needs ../shared/reference/omega)",
	() => {
		const lines: string[] = [];
		const passed = runSuite("omega", { ...suites["omega"]!, exceptions: [] }, FOLDER, {
			only: (name) => /nano10-s[12]-|c100-s1-/.test(name),
			print: (line) => lines.push(line),
			progress: () => {},
		});
		expect(lines.at(-1)).toMatch(/^omega: 96 of 96 cases equal, (\d+) of \1 decisions equal, 0 exceptions$/);
		expect(passed).toBe(true);
	},
	60_000,
);
