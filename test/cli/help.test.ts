/** The examples that `--help` ends with: each command has some, and commander takes every one of them. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { expect, test } from "vitest";

const CLI = new URL("../../src/cli/", import.meta.url);

/** Every command there is; `heard` is told which was called, instead of it being done. */
async function program(heard: (path: string) => void): Promise<Command> {
	const whole = new Command("cellsim");
	for (const file of readdirSync(fileURLToPath(CLI))) {
		if (file === "main.ts") continue;
		const module = (await import(new URL(file, CLI).href)) as Readonly<Record<string, unknown>>;
		for (const [name, add] of Object.entries(module)) {
			if (/^add[A-Z]/.test(name)) (add as (program: Command) => void)(whole);
		}
	}
	for (const { command, path } of leaves(whole, [])) {
		command.action(() => heard(path));
		command.exitOverride().configureOutput({ writeErr: () => {} });
	}
	return whole;
}

function leaves(command: Command, path: readonly string[]): readonly { command: Command; path: string }[] {
	if (command.commands.length === 0) return [{ command, path: path.join(" ") }];
	return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}

function examplesOf(command: Command): readonly string[] {
	let help = "";
	command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
	const [, examples = ""] = help.split("\nExamples:\n");
	return examples.split("\n").flatMap((line) => /^ {2}(\S.*?) {2,}# \S/.exec(line)?.[1] ?? []);
}

test("every example parses, and calls the command that it is an example of", async () => {
	const called: string[] = [];
	const paths = leaves(await program(() => {}), []).map(({ path }) => path);
	expect(paths).toEqual(expect.arrayContaining(["run", "compare", "sweep plan", "completion"]));
	for (const path of paths) {
		const lines = examplesOf(await commandAt(path));
		expect(lines.length, `examples of ${path}`).toBeGreaterThan(0);
		for (const line of lines) {
			// Redirections are the shell's.
			const words = line.replace(/ >>? .*/, "").split(" ");
			expect(words[0]).toBe("cellsim");
			const fresh = await program((path) => called.push(path));
			await fresh.parseAsync(words.slice(1), { from: "user" });
			expect(called.pop(), line).toBe(path);
		}
	}
});

test("and what does not parse is found", async () => {
	const fresh = await program(() => {});
	await expect(fresh.parseAsync(["run", "a.yaml", "--worker", "2"], { from: "user" })).rejects.toThrow(
		"unknown option '--worker'",
	);
});

async function commandAt(path: string): Promise<Command> {
	return leaves(await program(() => {}), []).find((leaf) => leaf.path === path)!.command;
}
