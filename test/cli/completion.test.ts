/** The completion script of bash, sourced in a real bash and asked as bash asks it; of the other shells what they must name. */
import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { KINDS } from "../../src/cli/list.js";
import { cellsim, folderWith } from "./cellsim.js";

let cwd = "";
beforeAll(async () => {
	const { code, stdout } = await cellsim(["completion", "bash"]);
	expect(code).toBe(0);
	cwd = folderWith({ "cellsim.bash": stdout, "my run.yaml": "", "gate.yaml": "", "results/a": "" });
});

/** What bash offers for the last of these words. */
function offered(...words: readonly string[]): readonly string[] {
	const script = `source cellsim.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_cellsim
printf '%s\\n' "\${COMPREPLY[@]}"`;
	const { status, stdout, stderr } = spawnSync("bash", ["-c", script, "bash", ...words], { cwd, encoding: "utf8" });
	expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
	return stdout.split("\n").filter((word) => word !== "");
}

const FORMATS = ["table", "json", "markdown", "csv", "junit", "github-benchmark", "bencher"];

describe("bash completes", () => {
	test.each<readonly [what: string, words: readonly string[], expected: readonly string[]]>([
		["commands", ["cellsim", "comp"], ["compact", "compare", "completion"]],
		["commands of a command", ["cellsim", "sweep", "c"], ["collect"]],
		["options", ["cellsim", "run", "--pa"], ["--paranoid"]],
		["options of a command of a command", ["cellsim", "sweep", "run", "--i"], ["--index"]],
		["options behind operands and other options", ["cellsim", "run", "a.yaml", "-w", "2", "--fo"], ["--force"]],
		["choices of an option", ["cellsim", "compare", "a", "--format", ""], FORMATS],
		["choices behind =, which is a word to bash", ["cellsim", "compare", "--format", "=", "j"], ["json", "junit"]],
		["and before any letter of them", ["cellsim", "compare", "--format", "="], FORMATS],
		["metrics", ["cellsim", "compare", "a", "--metric", "gpu"], ["gpu_allocation", "gpu_fragmentation"]],
		["kinds of list", ["cellsim", "list", ""], [...KINDS, "--format", "--json", "-h", "--help"]],
		["formats of traces", ["cellsim", "import", "kube"], ["kubernetes"]],
		["files of an operand, spaces and all", ["cellsim", "run", "m"], ["my run.yaml"]],
		["files of an option", ["cellsim", "compare", "--gate", "g"], ["gate.yaml"]],
		["folders", ["cellsim", "compare", "r"], ["results"]],
		["no files where none can be", ["cellsim", "list", "g"], []],
		["nothing for a number", ["cellsim", "run", "-w", ""], []],
	])("%s", (_what, words, expected) => {
		expect(offered(...words)).toEqual(expected);
	});

	test("when its name is typed", () => {
		const script = `source cellsim.bash; complete -p cellsim`;
		const { stdout } = spawnSync("bash", ["-c", script], { cwd, encoding: "utf8" });
		expect(stdout).toBe("complete -o filenames -F _cellsim cellsim\n");
	});
});

test.each(["bash", "zsh", "fish"])("the script of %s names every command and its options", async (shell) => {
	const [{ stdout: script }, { stdout: help }] = await Promise.all([
		cellsim(["completion", shell]),
		cellsim(["--help"]),
	]);
	const commands = [
		...help.slice(help.indexOf("Commands:"), help.indexOf("Examples:")).matchAll(/^ {2}([a-z]+) /gm),
	].map(([, name]) => name!);
	expect(commands).toContain("completion");
	const named = commands.filter((name) => script.includes(`'${name}'`));
	expect(named).toEqual(commands.filter((name) => name !== "help" || shell === "fish"));
	expect(script).toMatch(shell === "fish" ? /-l paranoid / : / --paranoid /);
});

test("there is no such shell", async () => {
	const { code, stderr } = await cellsim(["completion", "tcsh"]);
	expect(code).toBe(2);
	expect(stderr.split("\n")[0]).toBe(
		"error: command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.",
	);
});
