/** Controllers in files of the user's: the example of experiments/kubernetes/README.md, and what goes wrong. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readTable } from "../../src/metrics/sinks/read.js";
import { cellsim, folderWith } from "../cli/cellsim.js";

const README = readFileSync(fileURLToPath(new URL("../../experiments/kubernetes/README.md", import.meta.url)), "utf8");

/** The block that a file is to be saved from. */
function block(name: string): string {
	return new RegExp(`\`\`\`\\w+ ${name}\n(.*?)\`\`\``, "s").exec(README)![1]!;
}

const [CODE, EXPERIMENT] = [block("website.ts"), block("website.yaml")];

test("the example of the README: a Website has a Deployment, which grows with it", async () => {
	const cwd = folderWith({ "website.ts": CODE, "website.yaml": EXPERIMENT });
	const { code, stdout, stderr } = await cellsim(["run", "website.yaml", "--json"], { cwd });
	expect(code, stderr).toBe(0);
	const [run] = (JSON.parse(stdout) as { readonly runs: readonly { readonly folder: string }[] }).runs;
	const { columns } = await readTable(join(cwd, run!.folder, "replicas.arrow"));
	const of = (name: string) => Array.from(columns.get(name) as ArrayLike<unknown>);
	const rows = of("time_us").flatMap((us, i) =>
		of("kind")[i] === "Deployment" ? [[Math.floor(Number(us) / 1e6), of("declared")[i], of("ready")[i]]] : [],
	);
	expect(of("object")).toContain("default/shop");
	expect(rows.findLast(([s]) => (s as number) < 120)!.slice(1)).toEqual([2, 2]);
	expect(rows.at(-1)!.slice(1)).toEqual([5, 5]);
});

test("the file is part of the identity of a run, and a repeated run is the same", async () => {
	const idOf = async (code: string) => {
		const cwd = folderWith({ "website.ts": code, "website.yaml": EXPERIMENT });
		const { stdout } = await cellsim(["run", "website.yaml", "--json"], { cwd });
		return (JSON.parse(stdout) as { readonly runs: readonly { run: string; digest: string }[] }).runs[0]!;
	};
	const [first, again, other] = [
		await idOf(CODE),
		await idOf(CODE),
		await idOf(CODE.replace("workers: 2", "workers: 1")),
	];
	expect({ ...again, folder: "" }).toEqual({ ...first, folder: "" });
	expect(other.run).not.toBe(first.run);
	expect(other.digest).toBe(first.digest);
});

describe("a mistake", () => {
	const refusalOf = async (files: Readonly<Record<string, string>>) => {
		const cwd = folderWith({ "website.ts": CODE, "website.yaml": EXPERIMENT, ...files });
		return cellsim(["run", "website.yaml"], { cwd });
	};

	test.each([
		[
			"an object that its schema refuses",
			{ "website.yaml": EXPERIMENT.replace("replicas: 2}", "replicas: -2}") },
			"website.yaml:18:35 error Website shop: must be at least 0, got -2",
		],
		[
			"an object of a kind that no file brings",
			{ "website.yaml": EXPERIMENT.replace("kind: Website\n", "kind: Webside\n") },
			"error kind Webside is not used here: expected one of Website, ",
		],
		[
			"a file that is not there",
			{ "website.yaml": EXPERIMENT.replace("./website.ts", "./nowhere.ts") },
			"website.yaml:7:3 error there is no controller file './nowhere.ts' (looked for ",
		],
		[
			"a name",
			{ "website.yaml": EXPERIMENT.replace("./website.ts", "website") },
			"error spec.controllers[0]: unknown controller 'website': expected a path such as ./mine.ts",
		],
		[
			"a file without a controller",
			{ "website.ts": "export default 1;" },
			"error controller './website.ts' has no controller as its default export: write export default defineController({ name, summary, create })",
		],
		[
			"a kind of Kubernetes' own",
			{ "website.ts": CODE.replace('kind: "Website"', 'kind: "Deployment"') },
			"error controller './website.ts', kind 'Deployment' is one of Kubernetes' own: give yours another name",
		],
		[
			"no orchestrator",
			{ "website.yaml": EXPERIMENT.replace("  orchestrator: kubernetes\n", "").replace(/ {2}actions:\n.*\n/, "") },
			"error spec.controllers: controllers work beside those of an orchestrator: add spec.orchestrator: kubernetes",
		],
	])("%s is told before anything runs", async (_what, files, message) => {
		const { code, stderr } = await refusalOf(files);
		expect(stderr).toContain(message);
		expect(code).toBe(2);
	});

	test.each([
		[
			"throws",
			CODE.replace("const labels =", "site.spec.nothing.at;\n\t\t\tconst labels ="),
			"controller website-controller failed on 'default/shop': TypeError: Cannot read properties of undefined (reading 'at')",
		],
		[
			"forgets the star of yield*",
			CODE.replace("yield* api.create", "yield api.create"),
			"failed on 'default/shop': TypeError: a sync yields one request or more, with yield*: yield* api.create(draft)",
		],
		[
			"is no generator",
			CODE.replace("*reconcile(key)", "reconcile() {},\n\t\t*unused(key)"),
			"failed on 'default/shop': TypeError: reconcile is no generator: write *reconcile(key)",
		],
		[
			"throws in a watch",
			CODE.replace("Deployment: ({ key }) => context.enqueue(key)", "Website: ({ key }) => key.nothing.at"),
			"failed on 'Website default/shop': TypeError",
		],
	])("a controller that %s fails its run only", async (_what, code, message) => {
		const broken = "  strategy: {matrix: {file: [./broken.ts, ./website.ts]}}\n  controllers:";
		const experiment = EXPERIMENT.replace("  controllers:", broken).replace(
			"[./website.ts]\n",
			'["${{ matrix.file }}"]\n',
		);
		const { code: exit, stderr, stdout } = await refusalOf({ "broken.ts": code, "website.yaml": experiment });
		expect(stderr).toContain(message);
		expect(exit).toBe(3);
		expect(stdout + stderr).toContain("1 of 2 runs");
	});
});
