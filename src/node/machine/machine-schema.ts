/**
 * `spec.node.machine` of an experiment file: what machines are like. Fields that a kubelet has carry their names in
 * KubeletConfiguration (kubelet.config.k8s.io/v1beta1).
 */
import { z } from "zod";
import { durationSchema } from "../../objects/duration.js";
import { InputError } from "../../objects/input-error.js";
import { parseQuantity } from "../../objects/quantity.js";
import { imagesSchema } from "../images/images-schema.js";
import {
	DEFAULT_THRESHOLDS,
	EVICTION_SIGNALS,
	type EvictionSignal,
	hard,
	soft,
	type Threshold,
	type ThresholdAmount,
} from "../kubelet/thresholds.js";
import { INTERFERENCE_NAMES } from "./interference.js";
import {
	CPU_MANAGER_POLICIES,
	CPU_WEIGHTS,
	DEFAULT_MACHINE,
	EVICTION_RULES,
	type MachineAmount,
	type MachineOptions,
	MEMORY_KILLS,
} from "./machine-options.js";
import { machineAmount } from "./reserved-schema.js";
import { virtualMachinesSchema } from "./virtual-machines-schema.js";

const signal = z.enum(EVICTION_SIGNALS);

const amountText = z.union([z.string(), z.number()]).transform((given, context): ThresholdAmount => {
	const text = String(given);
	const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
	if (percent !== null && Number(percent[1]) <= 100) return { share: Number(percent[1]) / 100 };
	try {
		return { amount: parseQuantity(text, "unit") };
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		context.addIssue({
			code: "custom",
			message: `'${text}' is neither an amount such as 100Mi nor a share such as 10%`,
		});
		return z.NEVER;
	}
});

const thresholds = z.partialRecord(signal, amountText);

/** Output: the options of every machine of a run. */
export const machineSchema = z
	.strictObject({
		cpuWeights: z
			.enum(CPU_WEIGHTS)
			.default(DEFAULT_MACHINE.cpuWeights)
			.describe("How the container runtime turns requests into cpu.weight: log since runc 1.3.2 and crun 1.23"),
		cpuCFSQuotaPeriod: durationSchema
			.refine((us) => us >= 1000 && us <= 1_000_000, { error: "must be from 1ms to 1s" })
			.default(DEFAULT_MACHINE.cfsPeriodUs)
			.describe("Period of CPU limits, 100ms by default"),
		cpuBurst: z
			.number()
			.min(0)
			.max(1)
			.default(DEFAULT_MACHINE.cfsBurst)
			.describe("Part of a CPU limit that may be saved up for later periods (cpu.cfs_burst_us), 0 by default"),
		cpuManagerPolicy: z
			.enum(CPU_MANAGER_POLICIES)
			.default(DEFAULT_MACHINE.cpuManagerPolicy)
			.describe(
				"static: containers of Guaranteed pods that request whole CPUs have them alone, the others share the rest",
			),
		memoryQoS: z
			.boolean()
			.default(DEFAULT_MACHINE.memoryQos)
			.describe("Whether requests become memory.min and limits memory.high, too"),
		memoryKills: z
			.enum(MEMORY_KILLS)
			.default(DEFAULT_MACHINE.memoryKills)
			.describe(
				"Who is killed on a machine that is out of memory. borg: who is over its limit (its request, without one), then from the lowest priority up",
			),
		podPidsLimit: z
			.int()
			.refine((limit) => limit === -1 || limit > 0, { error: "must be 1 or more, or -1 for no limit" })
			.default(-1)
			.describe("Process ids that a pod may have: a fork beyond fails, and is counted; -1, the default, for no limit"),
		pidMax: z
			.int()
			.positive()
			.default(DEFAULT_MACHINE.pidMax)
			.describe("Process ids of a machine: the smaller of kernel.pid_max and kernel.threads-max, 4194304 by default"),
		kubeReserved: machineAmount
			.prefault({})
			.describe("What machines have beyond their allocatable, for the kubelet; pid: of its process ids"),
		systemReserved: machineAmount.prefault({}).describe("The same, for the operating system"),
		systemUsage: machineAmount.prefault({}).describe("What both use of it, all the time"),
		evictionHard: thresholds
			.optional()
			.describe("Signals and how little may be left, an amount or a share; {} evicts nobody"),
		evictionSoft: thresholds.default({}).describe("The same, with a grace period"),
		evictionSoftGracePeriod: z
			.partialRecord(signal, durationSchema)
			.default({})
			.describe("How long a soft threshold must be met before a pod is evicted"),
		evictionMinimumReclaim: thresholds.default({}).describe("How much more than its threshold a signal must regain"),
		evictionMaxPodGracePeriod: durationSchema.optional().describe("Longest grace of a soft eviction"),
		evictionPressureTransitionPeriod: durationSchema.optional().describe("How long a condition stays, 5m by default"),
		onEviction: z
			.enum(EVICTION_RULES)
			.default(DEFAULT_MACHINE.onEviction)
			.describe("What becomes of pods that are evicted, or killed and not started again by their node"),
		relistPeriod: durationSchema
			.refine((us) => us >= 1000, { error: "must be 1ms or longer" })
			.default(DEFAULT_MACHINE.relistUs)
			.describe("How long until a kubelet hears that a container has ended (PLEG), 1s by default"),
		images: imagesSchema.optional(),
		virtualMachines: virtualMachinesSchema
			.optional()
			.describe("Every pod in a virtual machine of its own; containers on the machine itself without it"),
		interference: z
			.enum(INTERFERENCE_NAMES)
			.default(DEFAULT_MACHINE.interference)
			.describe("How much slower work goes for what else runs on the machine"),
	})
	.superRefine(({ evictionSoft, evictionSoftGracePeriod }, context) => {
		for (const name of Object.keys(evictionSoft) as EvictionSignal[]) {
			if (evictionSoftGracePeriod[name] !== undefined) continue;
			const message = `a soft threshold needs a grace period: add evictionSoftGracePeriod: {${name}: 1m30s}`;
			context.addIssue({ code: "custom", path: ["evictionSoft", name], message, params: { at: "key" } });
		}
	})
	.superRefine(({ cpuManagerPolicy, kubeReserved, systemReserved }, context) => {
		if (cpuManagerPolicy === "none" || kubeReserved.cpuMilli + systemReserved.cpuMilli > 0) return;
		const message = "static leaves reserved CPUs to all others: add kubeReserved or systemReserved with cpu";
		context.addIssue({ code: "custom", path: ["cpuManagerPolicy"], message });
	})
	.superRefine(({ pidMax, kubeReserved, systemReserved }, context) => {
		const pids = (kubeReserved.pids ?? 0) + (systemReserved.pids ?? 0);
		if (pids < pidMax) return;
		const message = `kubeReserved and systemReserved keep ${pids} process ids, which leaves pods none: reserve less, or raise pidMax`;
		context.addIssue({ code: "custom", path: ["pidMax"], message });
	})
	.transform((given): MachineOptions => {
		const { kubeReserved: kube, systemReserved: system } = given;
		return {
			cpuWeights: given.cpuWeights,
			cfsPeriodUs: given.cpuCFSQuotaPeriod,
			cfsBurst: given.cpuBurst,
			cpuManagerPolicy: given.cpuManagerPolicy,
			memoryQos: given.memoryQoS,
			memoryKills: given.memoryKills,
			onEviction: given.onEviction,
			eviction: {
				thresholds: thresholdsOf(given),
				...(given.evictionMaxPodGracePeriod !== undefined && { maxPodGraceUs: given.evictionMaxPodGracePeriod }),
				...(given.evictionPressureTransitionPeriod !== undefined && {
					transitionUs: given.evictionPressureTransitionPeriod,
				}),
			},
			podPidsLimit: given.podPidsLimit === -1 ? Number.POSITIVE_INFINITY : given.podPidsLimit,
			pidMax: given.pidMax,
			reserved: sumOf(kube, system),
			systemUsage: given.systemUsage,
			relistUs: given.relistPeriod,
			images: given.images ?? null,
			virtualMachines: given.virtualMachines ?? null,
			interference: given.interference,
		};
	})
	.describe("Machines in full: CPU and memory are shared through cgroups. Without it pods run undisturbed");

function sumOf(a: MachineAmount, b: MachineAmount): MachineAmount {
	const pids = (a.pids ?? 0) + (b.pids ?? 0);
	const sum = { cpuMilli: a.cpuMilli + b.cpuMilli, memoryBytes: a.memoryBytes + b.memoryBytes };
	return pids === 0 ? sum : { ...sum, pids };
}

type Thresholds = Readonly<Partial<Record<EvictionSignal, ThresholdAmount>>>;

interface GivenThresholds {
	readonly evictionHard?: Thresholds | undefined;
	readonly evictionSoft: Thresholds;
	readonly evictionSoftGracePeriod: Readonly<Partial<Record<EvictionSignal, number>>>;
	readonly evictionMinimumReclaim: Thresholds;
}

/** As a kubelet reads them: hard ones that are given replace all defaults, and are copied for the cgroup of all pods. */
function thresholdsOf(given: GivenThresholds): readonly Threshold[] {
	const { evictionHard, evictionSoft, evictionSoftGracePeriod: graces, evictionMinimumReclaim: reclaim } = given;
	const entries = (list: Thresholds) => Object.entries(list) as [EvictionSignal, ThresholdAmount][];
	const hards =
		evictionHard === undefined
			? DEFAULT_THRESHOLDS.map(({ signal: name, value }) => hard(name, value, reclaim[name]))
			: entries(copied(evictionHard)).map(([name, value]) => hard(name, value, reclaim[name]));
	return [...hards, ...entries(evictionSoft).map(([name, value]) => soft(name, value, graces[name]!, reclaim[name]))];
}

function copied(list: Thresholds): Thresholds {
	const memory = list["memory.available"];
	return memory === undefined ? list : { "allocatableMemory.available": memory, ...list };
}
