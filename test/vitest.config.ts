import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		root: new URL("..", import.meta.url).pathname,
		include: ["test/**/*.test.ts"],
		exclude: ["test/real/**", "node_modules/**"],
		reporters: process.env["CI"] ? ["default", "junit"] : ["default"],
		outputFile: { junit: "test-results/unit.xml" },
		testTimeout: 60_000,
	},
});
