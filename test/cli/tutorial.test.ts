/** The tutorial in experiments/README.md, done from its first command to its last by one shell in a folder of its own. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { folderWith } from "./cellsim.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TUTORIAL = join(ROOT, "experiments/README.md");

/** A fenced block: what kind it is, the file that it is, if any, and what is in it. */
const BLOCK = /^```(\w+) ?(\S*)\n(.*?)^```$/gms;

// What has become stale in the page is renewed by `npx vitest run -u`, with the configuration and this file.
test("every command works, every file is used, and what is shown comes out", async () => {
	const text = readFileSync(TUTORIAL, "utf8");
	const folder = folderWith();
	const said = follow(text, folder);
	expect(said.filter(({ code }) => code !== 0)).toEqual([]);
	expect(said.length).toBeGreaterThan(10);

	let done = 0;
	const renewed = text.replace(BLOCK, (block, kind: string) => {
		if (kind === "sh") done++;
		return kind === "text" ? `\`\`\`text\n${said[done - 1]!.output}\`\`\`` : block;
	});
	await expect(renewed).toMatchFileSnapshot(TUTORIAL);

	// What its prose says.
	const outputs = said.map(({ output }) => output).join("");
	expect(outputs).toMatch(/^policy=best-fit .*\npolicy=worst-fit /m);
	expect(outputs).toContain("20 of 20 runs in results/packing");
	expect(outputs).toContain("20 Insufficient cpu");
	expect(outputs).toMatch(/^gate shut by 2 of 2 checks: .*\nexit code 1$/m);
	expect(outputs).toMatch(/^gate passed: 2 checks, 1 inconclusive\nexit code 0$/m);
}, 240_000);

/** Does what the blocks say, in their order; what each `sh` block printed, and its exit code. */
function follow(markdown: string, folder: string): readonly { output: string; code: number }[] {
	const files: string[] = [];
	const script = [...markdown.matchAll(BLOCK)].flatMap(([, kind, name, body], i) => {
		if (kind === "sh") {
			files.push(join(folder, `${i}`));
			return [`{\n${body}} > "$SAID/${i}.out" 2>&1\necho $? > "$SAID/${i}.code"`];
		}
		if (name === "") return [];
		writeFileSync(join(folder, `${i}.file`), body!);
		return [`cp "$SAID/${i}.file" ${name}`];
	});
	const env = { ...process.env, NO_COLOR: "1", SAID: folder, TMPDIR: folder };
	const { status } = spawnSync("bash", ["-c", script.join("\n")], { cwd: ROOT, env, stdio: "ignore" });
	expect(status).toBe(0);
	return files.map((file) => {
		if (!existsSync(`${file}.code`)) throw new Error(`${file} did not end`);
		return { output: shown(readFileSync(`${file}.out`, "utf8")), code: Number(readFileSync(`${file}.code`, "utf8")) };
	});
}

/** Without progress, which depends on the machine. */
function shown(output: string): string {
	return output.replace(/^\d+ of \d+ runs, .*events in .*\n/gm, "");
}
