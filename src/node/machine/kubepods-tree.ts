/**
 * The CPU cgroups that a kubelet makes on a node: kubepods with Guaranteed pods, and the slices `burstable` and `besteffort` with
 * the others; in each pod its containers; next to kubepods the system's daemons.
 *
 * Source: pkg/kubelet/cm (qos_container_manager_linux.go, pod_container_manager_linux.go, node_container_manager_linux.go).
 *
 * Divergence from Kubernetes: the weight of the burstable slice follows its pods at once, where a kubelet updates it every
 * minute; system and kubelet daemons are one group.
 */
import type { SimTime } from "../../engine/time.js";
import { CpuDivision } from "../cgroup/cpu-division.js";
import type { CpuQuota } from "../cgroup/cpu-tree.js";
import { cpuQuotaUs, cpuShares, cpuWeightLinear, cpuWeightLog } from "../cgroup/weights.js";
import type { QosClass } from "../kubelet/qos.js";
import type { CpuWeights, MachineAmount } from "./machine-options.js";

const ROOT = -1;
const NO_CAP = Number.POSITIVE_INFINITY;

export interface KubepodsOptions {
	readonly cpuWeights: CpuWeights;
	readonly cfsPeriodUs: SimTime;
	/** Part of a quota that may be saved up. */
	readonly cfsBurst: number;
	/** What pods may request, milli-CPU. */
	readonly allocatableMilli: number;
	readonly reserved: MachineAmount;
	readonly systemUsage: MachineAmount;
}

export class KubepodsTree {
	readonly #division = new CpuDivision();
	readonly #options: KubepodsOptions;
	readonly #kubepods: number;
	readonly #burstable: number;
	readonly #bestEffort: number;
	#burstableMilli = 0;

	constructor(options: KubepodsOptions) {
		const { allocatableMilli, reserved, systemUsage } = options;
		this.#options = options;
		this.#kubepods = this.#division.add(ROOT, cpuWeightLinear(cpuShares(allocatableMilli)), NO_CAP);
		this.#burstable = this.#division.add(this.#kubepods, cpuWeightLinear(cpuShares(0)), NO_CAP);
		this.#bestEffort = this.#division.add(this.#kubepods, cpuWeightLinear(cpuShares(0)), NO_CAP);
		if (systemUsage.cpuMilli === 0) return;
		const system = this.#division.add(ROOT, cpuWeightLinear(cpuShares(reserved.cpuMilli)), NO_CAP);
		this.#division.setDemand(system, systemUsage.cpuMilli);
	}

	/** milli-CPU by group, after `divide`. Another array after a group was added: do not keep it. */
	get grantMilli(): Float64Array {
		return this.#division.grantMilli;
	}

	/** The group of a new pod; `limitMilli` Infinity for none. */
	addPod(qos: QosClass, requestMilli: number, limitMilli: number): number {
		const group = this.#division.add(this.#sliceOf(qos), podWeight(requestMilli), this.capOf(limitMilli));
		if (qos === "Burstable") this.#growBurstable(requestMilli);
		return group;
	}

	/** Takes out a pod whose containers are gone. */
	removePod(group: number, qos: QosClass, requestMilli: number): void {
		this.#division.remove(group);
		if (qos === "Burstable") this.#growBurstable(-requestMilli);
	}

	/** Other requests and limits for a pod; its class stays. */
	resizePod(group: number, qos: QosClass, requestMilli: number, grownMilli: number, limitMilli: number): void {
		this.#division.setWeight(group, podWeight(requestMilli));
		this.#division.setCap(group, this.capOf(limitMilli));
		if (qos === "Burstable") this.#growBurstable(grownMilli);
	}

	addContainer(pod: number, requestMilli: number, limitMilli: number): number {
		return this.#division.add(pod, this.#containerWeight(requestMilli), this.capOf(limitMilli));
	}

	removeContainer(group: number): void {
		this.#division.remove(group);
	}

	resizeContainer(group: number, requestMilli: number, limitMilli: number): void {
		this.#division.setWeight(group, this.#containerWeight(requestMilli));
		this.#division.setCap(group, this.capOf(limitMilli));
	}

	/** What a container's threads want now, milli-CPU. */
	setDemand(group: number, milli: number): void {
		this.#division.setDemand(group, milli);
	}

	divide(capacityMilli: number): void {
		this.#division.divide(capacityMilli);
	}

	/** What a group's rivals leave it while it runs, milli-CPU, as of the last division: as if no limit held it. */
	fairMilli(group: number): number {
		return this.#division.fairMilli(group);
	}

	/** The quota of a limit. */
	quotaOf(limitMilli: number): CpuQuota {
		const { cfsPeriodUs: periodUs, cfsBurst } = this.#options;
		const quotaUs = cpuQuotaUs(limitMilli, periodUs);
		return { quotaUs, periodUs, burstUs: Math.floor(quotaUs * cfsBurst) };
	}

	/** milli-CPU that a limit leaves, as the quota has it. */
	capOf(limitMilli: number): number {
		if (limitMilli === NO_CAP) return NO_CAP;
		const { cfsPeriodUs } = this.#options;
		return (cpuQuotaUs(limitMilli, cfsPeriodUs) * 1000) / cfsPeriodUs;
	}

	#sliceOf(qos: QosClass): number {
		if (qos === "Guaranteed") return this.#kubepods;
		return qos === "Burstable" ? this.#burstable : this.#bestEffort;
	}

	#growBurstable(milli: number): void {
		this.#burstableMilli += milli;
		this.#division.setWeight(this.#burstable, podWeight(this.#burstableMilli));
	}

	#containerWeight(requestMilli: number): number {
		const shares = cpuShares(requestMilli);
		return this.#options.cpuWeights === "log" ? cpuWeightLog(shares) : cpuWeightLinear(shares);
	}
}

function podWeight(requestMilli: number): number {
	return cpuWeightLinear(cpuShares(requestMilli));
}
