/**
 * openb: Alibaba's Kubernetes GPU trace of 2023 (cluster-trace-gpu-v2023), 1,523 nodes and about 8,000 pods of 150 days, as the
 * CSV files of its authors. Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient
 * Descent", USENIX ATC 2023. What the columns mean and where the files are: `workloads/openb/README.md`.
 */
import { z } from "zod";
import type { Random } from "../../engine/random.js";
import { shuffled } from "../../engine/shuffled.js";
import type { Definition } from "../../objects/definition.js";
import { runTimeLeaf } from "../../objects/distribution-schema.js";
import { durationSchema } from "../../objects/duration.js";
import { InputError } from "../../objects/input-error.js";
import type { NodeSpec } from "../../objects/spec.js";
import { ImportReport, type OpenedTrace } from "../arrivals.js";
import { inputPath } from "../inputs.js";
import { at, csvRows } from "./csv.js";
import type { TraceContext } from "./index.js";
import { reorders, tuned } from "./openb-order.js";
import { openbJobs, scanPods } from "./openb-pods.js";
import { NODE_COLUMNS, nodeRow, type PodRow } from "./openb-rows.js";

const instant = durationSchema.describe("offset from the start of the trace");

/** Parameters of the openb format; paths are relative to the file that names them. */
export const openbParams = z
	.strictObject({
		nodes: z.string().describe("node list, openb_node_list_*.csv").optional(),
		pods: z.string().describe("pod list, openb_pod_list_*.csv").optional(),
		replay: z
			.enum(["timed", "arrivals-only"])
			.default("timed")
			.describe(
				"timed: pods arrive when they were created and run as long as observed; arrivals-only: one by one in file order, 1 s apart, and stay for ever, as in the authors' simulator",
			),
		order: z
			.enum(["file", "shuffled"])
			.default("file")
			.describe(
				"order of the nodes, and with replay: arrivals-only of the pods: that of the file, or drawn at random by the seed of the run",
			),
		load: z
			.number()
			.positive()
			.describe(
				"arrivals-only: GPU that the pods ask for in all, over that of `nodes`: copies of pods drawn at random come last, or pods drawn at random are left out",
			)
			.optional(),
		neverScheduled: z
			.enum(["drop", "keep"])
			.default("drop")
			.describe("timed: pods that the original cluster never started; keep needs neverScheduledDuration"),
		neverScheduledDuration: runTimeLeaf.describe("how long kept never-scheduled pods run once started").optional(),
		rightCensored: z
			.enum(["keep-running", "as-observed", "drop"])
			.default("keep-running")
			.describe(
				"timed: pods still running at the trace's last instant; keep-running: for ever; as-observed: until that instant, flagged as censored",
			),
		window: z
			.strictObject({ from: instant.optional(), to: instant.optional() })
			.describe("timed: only pods created in [from, to); time then counts from `from`")
			.optional(),
		maxPods: z.int().positive().describe("stop after this many pods").optional(),
		podsPerNode: z
			.int()
			.positive()
			.default(1001)
			.describe("pods a node takes; the trace does not say, the authors' simulator takes 1001"),
		priorities: z
			.record(z.string(), z.int())
			.default({ LS: 1000, Guaranteed: 1000, Burstable: 500, BE: 0 })
			.describe("pod priority by qos; a qos not listed has 0"),
	})
	.superRefine((params, context) => {
		const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
		if (params.nodes === undefined && params.pods === undefined) refuse("pods", "give a node list, a pod list or both");
		if (params.neverScheduled === "keep" && params.neverScheduledDuration === undefined)
			refuse(
				"neverScheduledDuration",
				"neverScheduled: keep needs the duration of pods that never ran: '10m', or forever",
			);
		if (params.neverScheduled === "drop" && params.neverScheduledDuration !== undefined)
			refuse("neverScheduledDuration", "has no effect unless neverScheduled is keep");
		if (params.replay === "arrivals-only" && params.window !== undefined)
			refuse("window", "has no effect with replay: arrivals-only, which ignores the times of the trace");
		if (params.replay === "timed" && params.pods !== undefined && params.order === "shuffled")
			refuse(
				"order",
				"pods are shuffled with replay: arrivals-only only; the times of the trace have an order of their own",
			);
		if (params.load !== undefined && (params.pods === undefined || params.replay === "timed"))
			refuse("load", "is for pods with replay: arrivals-only");
		if (params.load !== undefined && params.nodes === undefined)
			refuse("load", "needs `nodes`, the node list whose GPU it is measured by");
		if ((params.window?.from ?? 0) >= (params.window?.to ?? Infinity)) refuse("window", "`to` must lie after `from`");
	});

export type OpenbParams = z.output<typeof openbParams>;

/** The trace format `openb`. */
export const openbFormat: Definition<OpenbParams, OpenedTrace, TraceContext> = {
	name: "openb",
	summary: "Alibaba's Kubernetes GPU trace of 2023 (cluster-trace-gpu-v2023), node and pod lists as CSV",
	params: openbParams,
	create: openTrace,
};

function openTrace(params: OpenbParams, { baseDirs, random }: TraceContext): OpenedTrace {
	const nodeFile = params.nodes === undefined ? null : inputPath(params.nodes, baseDirs);
	const podFile = params.pods === undefined ? null : inputPath(params.pods, baseDirs);
	// Once is enough: what the first pass found holds for every later reading.
	let scan: ReturnType<typeof scanPods> | null = null;
	return {
		files: [nodeFile, podFile].filter((file) => file !== null),
		async nodes(report) {
			if (nodeFile === null) return [];
			const nodes = await readNodes(nodeFile, params.podsPerNode, report);
			return params.order === "file" ? nodes : shuffled(nodes, drawing("cluster/openb/order"));
		},
		async *jobs(report) {
			if (podFile === null) return;
			scan ??= scanPods(podFile, params);
			const found = await scan;
			const rows = reorders(params) ? await reordered(found.rows!) : found.rows;
			yield* openbJobs(podFile, params, { ...found, rows }, report);
		},
	};

	async function reordered(rows: readonly PodRow[]): Promise<readonly PodRow[]> {
		const order = params.order === "file" ? rows : shuffled(rows, drawing("workload/openb/order"));
		if (params.load === undefined) return order;
		if (rows.every(({ gpu }) => gpu === null))
			throw new InputError("load: no pod of the list asks for GPU", at(podFile!, 1));
		const nodes = await readNodes(nodeFile!, params.podsPerNode, new ImportReport());
		const gpuMilli = nodes.reduce((sum, { gpu }) => sum + 1000 * (gpu?.count ?? 0), 0);
		return tuned(order, rows, params.load * gpuMilli, drawing("workload/openb/load"));
	}

	function drawing(stream: string): Random {
		if (random !== undefined) return random.stream(stream);
		throw new InputError("order: shuffled and load draw by the seed of a run: read the trace in an experiment");
	}
}

async function readNodes(file: string, pods: number, report: ImportReport): Promise<readonly NodeSpec[]> {
	const nodes: NodeSpec[] = [];
	const lines = new Map<string, number>();
	for await (const { rows } of csvRows(file, [NODE_COLUMNS])) {
		for (const csv of rows) {
			const row = nodeRow(file, csv);
			const first = lines.get(row.name);
			if (first !== undefined)
				throw new InputError(
					`sn: '${row.name}' is the name of two nodes; the first is in line ${first}`,
					at(file, csv.line),
				);
			lines.set(row.name, csv.line);
			if (row.modelWithoutGpu)
				report.count(
					file,
					"card model on a node without GPU: ignored",
					"repaired",
					`${file}:${csv.line} ${csv.cells[4]}`,
				);
			nodes.push({
				name: row.name,
				labels: row.gpu === null || row.gpu.model === "" ? {} : { [MODEL_LABEL]: row.gpu.model },
				taints: [],
				unschedulable: false,
				allocatable: { cpu: row.cpuMilli, memory: row.memoryBytes, pods },
				gpu: row.gpu,
			});
		}
	}
	return nodes;
}

/** Name under which the trace's authors put the card model when they made Kubernetes objects of the lists. */
const MODEL_LABEL = "alibabacloud.com/gpu-card-model";
