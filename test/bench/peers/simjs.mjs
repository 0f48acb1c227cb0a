/** The common workload on simjs 2.0.3: one entity, timers for arrivals and ends, first fit by a linear scan. Reads the CSV of `--csv`. */
import { readFileSync } from "node:fs";

// The package is a bundle for browsers: it hangs itself on `window`.
globalThis.window = globalThis;
await import("simjs");
const { Sim, Entity } = globalThis.Sim;
const [file, hostCount] = process.argv.slice(2);
const tasks = readFileSync(file, "utf8")
	.trim()
	.split("\n")
	.map((line) => line.split(",").map(Number));
const hosts = Array.from({ length: Number(hostCount) }, () => ({ cpu: 16, memory: 64 }));
const queue = [];
let head = 0;
let finished = 0;
let makespan = 0;
let waited = 0;

class Cluster extends Entity {
	start() {
		this.next = 0;
		this.arriveLater();
	}

	arriveLater() {
		if (this.next === tasks.length) return;
		const task = tasks[this.next++];
		this.setTimer(task[0] - this.time()).done(() => {
			queue.push(task);
			this.place();
			this.arriveLater();
		});
	}

	place() {
		while (head < queue.length) {
			const [arrival, duration, cpu, memory] = queue[head];
			const host = hosts.find((h) => h.cpu >= cpu && h.memory >= memory);
			if (!host) return;
			head++;
			waited += this.time() - arrival;
			host.cpu -= cpu;
			host.memory -= memory;
			this.setTimer(duration).done(() => {
				host.cpu += cpu;
				host.memory += memory;
				finished++;
				makespan = this.time();
				this.place();
			});
		}
	}
}

const sim = new Sim();
sim.addEntity(Cluster);
sim.simulate(Number.MAX_SAFE_INTEGER);
const { user, system } = process.cpuUsage();
console.log(
	JSON.stringify({
		makespanSeconds: makespan / 1e6,
		meanWaitSeconds: waited / finished / 1e6,
		finished,
		cpuSeconds: (user + system) / 1e6,
	}),
);
