/**
 * How requests and limits become CPU settings of cgroups: shares (cgroup v1) or cpu.weight (v2) from requests, a quota in each
 * period from limits. Source: kubelet, pkg/kubelet/cm/helpers_linux.go and qos_container_manager_linux.go; the container
 * runtimes' conversion of shares to cpu.weight.
 *
 * Divergence from Kubernetes: none in the numbers. Which of the two conversions holds for a container is the runtime's version;
 * here the experiment says it.
 */

/** Shares of a group whose pods request nothing: the besteffort slice and its pods. */
export const MIN_SHARES = 2;
export const MAX_SHARES = 262_144;
/** What one CPU of requests is in shares; also what each thread that a group runs itself weighs among the group's children. */
export const SHARES_PER_CPU = 1024;
/** The kubelet's --cpu-cfs-quota-period. */
export const DEFAULT_PERIOD_US = 100_000;
const MIN_QUOTA_US = 1000;

/** cpu.shares for a request in milli-CPU; no request gives the minimum, 2. */
export function cpuShares(requestMilli: number): number {
	return Math.min(MAX_SHARES, Math.max(MIN_SHARES, Math.floor((requestMilli * SHARES_PER_CPU) / 1000)));
}

/** cpu.weight (1..10000) of shares, linear: by the kubelet for pods and slices, by runc before 1.3.2 and crun before 1.23 for containers. */
export function cpuWeightLinear(shares: number): number {
	return 1 + Math.floor(((shares - MIN_SHARES) * 9999) / (MAX_SHARES - MIN_SHARES));
}

/** cpu.weight (1..10000) of shares as newer runtimes have it: a curve through 2 -> 1, 1024 -> 100, 262144 -> 10000. */
export function cpuWeightLog(shares: number): number {
	const log = Math.log2(shares);
	return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34));
}

/** Microseconds of CPU in each period (cpu.cfs_quota_us, the first number of cpu.max) for a limit above 0 in milli-CPU. */
export function cpuQuotaUs(limitMilli: number, periodUs: number = DEFAULT_PERIOD_US): number {
	return Math.max(MIN_QUOTA_US, Math.floor((limitMilli * periodUs) / 1000));
}
