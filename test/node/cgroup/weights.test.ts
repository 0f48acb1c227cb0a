import { expect, test } from "vitest";
import { cpuQuotaUs, cpuShares, cpuWeightLinear, cpuWeightLog } from "../../../src/node/cgroup/weights.js";

test.each([
	[0, 2], // none: the minimum
	[1, 2], // 1 x 1024 / 1000 = 1.02, below the minimum
	[2, 2], // 2.05
	[3, 3], // 3.07
	[100, 102], // 102.4
	[250, 256],
	[1000, 1024],
	[1500, 1536],
	[255_999, 262_142], // 262142.98
	[256_000, 262_144],
	[1_000_000, 262_144], // 1,024,000, above the maximum
])("a request of %d milli-CPU is %d shares", (milli, shares) => {
	expect(cpuShares(milli)).toBe(shares);
});

test.each([
	[2, 1], // 1 + 0
	[102, 4], // 1 + floor(100 x 9999 / 262142 = 3.81)
	[256, 10], // 1 + floor(254 x 0.038143 = 9.69)
	[512, 20], // 1 + floor(19.45)
	[1024, 39], // 1 + floor(38.98)
	[4096, 157], // 1 + floor(156.16)
	[262_144, 10_000], // 1 + 9999
])("%d shares are cpu.weight %d by the linear formula", (shares, weight) => {
	expect(cpuWeightLinear(shares)).toBe(weight);
});

test.each([
	[2, 1], // l = 1: 10^(126/612 - 126/612) = 1
	[102, 17], // l = 6.672: 10^((44.52 + 834.05) / 612 - 0.20588 = 1.2297) = 16.97
	[256, 35], // l = 8: 10^((64 + 1000) / 612 - 0.20588 = 1.5327) = 34.1
	[512, 59], // l = 9: 10^((81 + 1125) / 612 - 0.20588 = 1.7647) = 58.2
	[1024, 100], // l = 10: 10^((100 + 1250) / 612 - 0.20588 = 2) = 100
	[4096, 303], // l = 12: 10^((144 + 1500) / 612 - 0.20588 = 2.4804) = 302.3
	[262_144, 10_000], // l = 18: 10^((324 + 2250) / 612 - 0.20588 = 4)
])("%d shares are cpu.weight %d by the logarithmic formula", (shares, weight) => {
	expect(cpuWeightLog(shares)).toBe(weight);
});

test.each([
	[500, 100_000, 50_000],
	[1500, 100_000, 150_000],
	[333, 10_000, 3_330],
	[15, 100_000, 1_500],
	[10, 100_000, 1_000],
	[5, 100_000, 1_000], // 500, below the least quota
	[333, 5_000, 1_665],
	[1, 250_000, 1_000], // 250
])("a limit of %d milli-CPU and a period of %d us is a quota of %d us", (milli, periodUs, quotaUs) => {
	expect(cpuQuotaUs(milli, periodUs)).toBe(quotaUs);
});
