import { defineConfig } from "vitest/config";

/** Tests that need real parts beside Node.js: what `test/real/setup.sh` installs. Run by `npm run test:real`, after a build. */
export default defineConfig({
	test: {
		root: new URL("../..", import.meta.url).pathname,
		include: ["test/real/**/*.test.ts"],
		reporters: process.env["CI"] ? ["default", "junit"] : ["default"],
		outputFile: { junit: "test-results/real.xml" },
		testTimeout: 120_000,
	},
});
