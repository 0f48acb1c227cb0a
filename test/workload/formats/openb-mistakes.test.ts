/** What is wrong with a list or a parameter of openb, with the line and what is allowed. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { InputError } from "../../../src/objects/input-error.js";
import { openbParams } from "../../../src/workload/formats/openb.js";
import { FIXTURES, type OpenbInput, readOpenb } from "../../support/openb.js";

let folder = "";
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "cellsim-openb-"));
});
afterAll(() => rm(folder, { recursive: true }));

const HEADER =
	"name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time";
const FIVE = "name,cpu_milli,memory_mib,num_gpu,gpu_milli";
const GOOD = "pod-1,1000,1024,0,0,,BE,Running,0,10,0";
const either = `'${HEADER}' or '${FIVE}'`;

test.each<[string, number, string]>([
	["", 1, `the file is empty; it must begin with ${either}`],
	[
		"name,cpu,memory_mib,num_gpu,gpu_milli\n",
		1,
		`the header is not that of this format: missing cpu_milli, gpu_spec, qos, pod_phase, creation_time, deletion_time, scheduled_time; unknown 'cpu'; it must be ${either}`,
	],
	[
		`${HEADER}\n${GOOD}\npod-2,1000,10`,
		3,
		"3 cells, but the header has 11 columns: the row ends before column 'num_gpu'; the file may be cut off here",
	],
	[
		`${HEADER}\n${GOOD},7\n`,
		2,
		"12 cells, but the header has 11 columns: '7' stands beyond the last column 'scheduled_time'",
	],
	[
		`${HEADER}\n\n${GOOD.replace("1000", "1O00")}\n`,
		3,
		"cpu_milli: '1O00' is not a whole number of 0 or more (below 2^53)",
	],
	[
		`${HEADER}\n"a\nb",1000,1024,0,0,,BE,Running,0,10,0\n${GOOD.replace("1000", "-1")}\n`,
		4,
		"cpu_milli: '-1' is not a whole number of 0 or more (below 2^53)",
	],
	[`${HEADER}\n${GOOD.replace("1024", "")}\n`, 2, "memory_mib: '' is not a whole number of 0 or more (below 2^53)"],
	[`${HEADER}\n${GOOD.replace("1024", "9007199254740991")}\n`, 2, "memory_mib: '9007199254740991' is too large"],
	[
		`${HEADER}\n${GOOD.replace("Running", "running")}\n`,
		2,
		"pod_phase: 'running' is none of Pending, Running, Succeeded, Failed",
	],
	[`${HEADER}\n${GOOD.replace("0,0,,", "1,0,,")}\n`, 2, "gpu_milli: '0' is not in 1 .. 1000 (of one card)"],
	[
		`${HEADER}\n${GOOD.replace("0,0,,", "2,500,,")}\n`,
		2,
		"gpu_milli: '500' of each of 2 cards; several cards are taken whole (1000)",
	],
	[`${HEADER}\n${GOOD.replace("pod-1", "")}\n`, 2, "name: a pod needs a name"],
	[
		`${HEADER}\n${GOOD}\n${GOOD.replace("pod-1", "pod-2")}\n${GOOD}\n`,
		4,
		"name: 'pod-1' is the name of two pods; the first is in line 2",
	],
	[
		`${FIVE}\npod-1,1000,1024,0,0\n`,
		1,
		`this list has no times, only '${FIVE}': it can be replayed with replay: arrivals-only, not timed`,
	],
])("pod list %j", async (text, line, message) => {
	const file = join(folder, "pods.csv");
	await writeFile(file, text);
	const error = await readOpenb({ pods: file }).catch((caught: unknown) => caught);
	expect(error).toBeInstanceOf(InputError);
	expect((error as InputError).message).toBe(message);
	expect((error as InputError).position).toEqual({ file, line, column: 0 });
});

test("an unclosed quote names its line", async () => {
	const file = join(folder, "quote.csv");
	await writeFile(file, `${HEADER}\n${GOOD}\n"pod-2,1000\n`);
	await expect(readOpenb({ pods: file })).rejects.toMatchObject({
		message: "not valid CSV: Quoted field unterminated",
		position: { file, line: 3 },
	});
});

test("node names are unique", async () => {
	const file = join(folder, "nodes.csv");
	await writeFile(file, "sn,cpu_milli,memory_mib,gpu,model\na,1,1,0,\nb,1,1,0,\na,1,1,0,\n");
	await expect(readOpenb({ nodes: file })).rejects.toThrow("sn: 'a' is the name of two nodes; the first is in line 2");
});

test("a file that is not there", async () => {
	await expect(readOpenb({ pods: "absent.csv" })).rejects.toThrow(
		`cannot read '${FIXTURES}absent.csv': no such file; relative paths start at the folder of the experiment file, or else at the working directory`,
	);
});

test.each<[OpenbInput, string]>([
	[{}, "give a node list, a pod list or both"],
	[
		{ pods: "p", neverScheduled: "keep" },
		"neverScheduled: keep needs the duration of pods that never ran: '10m', or forever",
	],
	[{ pods: "p", neverScheduledDuration: "10m" }, "has no effect unless neverScheduled is keep"],
	[
		{ pods: "p", neverScheduled: "keep", neverScheduledDuration: 10 },
		"'10' is a number without a unit: write 10s for seconds or 10m for minutes",
	],
	[
		{ pods: "p", replay: "arrivals-only", window: { from: "1s" } },
		"has no effect with replay: arrivals-only, which ignores the times of the trace",
	],
	[{ pods: "p", window: { from: "2s", to: "1s" } }, "`to` must lie after `from`"],
])("parameters %j", (params, message) => {
	expect(openbParams.safeParse(params).error?.issues.map((issue) => issue.message)).toEqual([message]);
});
