/** Shared by the benches: medians, and processes with the CPU they used. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** CPU seconds, user and system, that `work` takes in this process. */
export function cpuOf(work) {
	const before = process.cpuUsage();
	work();
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1e6;
}

/** Node.js reads the certificates that this names before it does anything: 30 ms, where there are as many as a system has. */
const env = { ...process.env };
delete env.NODE_EXTRA_CA_CERTS;

/** Runs a command and returns the JSON of its last line of output. */
export function jsonOf(command, args) {
	const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: "utf8", maxBuffer: 1e9, env });
	if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stderr}`);
	return JSON.parse(stdout.trim().split("\n").at(-1));
}

/** The median of `pick` over several runs of a command that prints JSON. */
export function medianOf(times, command, args, pick) {
	return median(Array.from({ length: times }, () => pick(jsonOf(command, args))));
}
