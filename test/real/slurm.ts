/** A Slurm cluster of this one host, with everything it writes in a folder of its own. Needs root, and what `setup.sh` installs. */
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, hostname, tmpdir, totalmem } from "node:os";
import { join } from "node:path";

/** Two at a time, so that several checkouts may be tested side by side. */
const PORT = 20_000 + (process.pid % 10_000) * 2;

export class Slurm {
	readonly folder = mkdtempSync(join(tmpdir(), "cellsim-slurm-"));
	readonly #env = { ...process.env, SLURM_CONF: join(this.folder, "slurm.conf") };

	/** Starts munged, slurmctld and slurmd, and waits until the node is there. */
	constructor() {
		const { folder } = this;
		// munged wants nobody else to write there, and everybody to get through.
		chmodSync(folder, 0o755);
		for (const name of ["state", "spool"]) mkdirSync(join(folder, name));
		writeFileSync(join(folder, "munge.key"), randomBytes(1024), { mode: 0o600 });
		writeFileSync(join(folder, "slurm.conf"), this.#configuration());
		const at = (name: string) => join(folder, name);
		execFileSync("munged", [
			...["--force", `--key-file=${at("munge.key")}`, `--socket=${at("munge.socket")}`],
			...[`--pid-file=${at("munged.pid")}`, `--log-file=${at("munged.log")}`, `--seed-file=${at("munged.seed")}`],
		]);
		this.run("slurmctld");
		this.run("slurmd");
		this.#waitFor(
			() => /\bidle\b/.test(this.run("sinfo", "--noheader")),
			30,
			() => this.#logs(),
		);
	}

	/** Runs a command of Slurm's; what it prints. */
	run(command: string, ...args: string[]): string {
		const { status, stdout, stderr } = spawnSync(command, args, { env: this.#env, encoding: "utf8" });
		if (status === 0) return stdout.trim();
		throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stdout}${stderr}\n${this.#logs()}`);
	}

	/** Submits a job; its number. */
	submit(...args: string[]): string {
		return this.run("sbatch", "--parsable", `--output=${join(this.folder, "job-%A-%a.txt")}`, ...args);
	}

	/** The states of a job's tasks by their numbers. */
	states(job: string): ReadonlyMap<string, string> {
		const lines = this.run("squeue", "--noheader", "--array", "--states=all", `--jobs=${job}`, "--format=%K %T").split(
			"\n",
		);
		return new Map(lines.filter((line) => line !== "").map((line) => line.trim().split(/\s+/) as [string, string]));
	}

	/** Waits until every task of the jobs has ended; throws unless all ended well. */
	waitForAll(jobs: readonly string[], seconds: number): void {
		const ended = /^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY)$/;
		const all = () => jobs.flatMap((job) => [...this.states(job).values()]);
		this.#waitFor(
			() => all().every((state) => ended.test(state)),
			seconds,
			() => all().join(" "),
		);
		const bad = all().filter((state) => state !== "COMPLETED");
		if (bad.length > 0) throw new Error(`tasks ended as ${bad.join(", ")}\n${this.#logs()}`);
	}

	/** Waits until a task of the job runs; its number. */
	waitForRunning(job: string, but: ReadonlySet<string>): string {
		let found = "";
		this.#waitFor(
			() => {
				found = [...this.states(job)].find(([task, state]) => state === "RUNNING" && !but.has(task))?.[0] ?? "";
				return found !== "";
			},
			60,
			() => this.#logs(),
		);
		return found;
	}

	stop(): void {
		const processes = ["slurmd", "slurmctld", "munged"]
			.map((name) => join(this.folder, `${name}.pid`))
			.flatMap((file) => (existsSync(file) ? [readFileSync(file, "utf8").trim()] : []));
		for (const process of processes) spawnSync("kill", [process]);
		const alive = () => processes.filter((process) => spawnSync("kill", ["-0", process]).status === 0);
		this.#waitFor(
			() => alive().length === 0,
			30,
			() => `still there: ${alive().join(" ")}`,
		);
		rmSync(this.folder, { recursive: true, force: true });
	}

	#waitFor(holds: () => boolean, seconds: number, told: () => string): void {
		const until = Date.now() + seconds * 1000;
		while (!holds()) {
			if (Date.now() > until) throw new Error(`not so after ${seconds} s\n${told()}`);
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
		}
	}

	#logs(): string {
		return ["slurmctld.log", "slurmd.log", "munged.log"]
			.map((name) => join(this.folder, name))
			.flatMap((file) => (existsSync(file) ? [`== ${file}`, ...readFileSync(file, "utf8").split("\n").slice(-15)] : []))
			.join("\n");
	}

	#configuration(): string {
		const { folder } = this;
		const host = hostname();
		const settings = {
			ClusterName: "cellsim",
			SlurmctldHost: host,
			AuthType: "auth/munge",
			AuthInfo: `socket=${folder}/munge.socket`,
			CredType: "cred/munge",
			SlurmUser: "root",
			SlurmdUser: "root",
			SlurmctldPort: PORT,
			SlurmdPort: PORT + 1,
			StateSaveLocation: `${folder}/state`,
			SlurmdSpoolDir: `${folder}/spool`,
			SlurmctldPidFile: `${folder}/slurmctld.pid`,
			SlurmdPidFile: `${folder}/slurmd.pid`,
			SlurmctldLogFile: `${folder}/slurmctld.log`,
			SlurmdLogFile: `${folder}/slurmd.log`,
			// No cgroups: the host may be a container.
			ProctrackType: "proctrack/linuxproc",
			TaskPlugin: "task/none",
			SelectType: "select/cons_tres",
			SelectTypeParameters: "CR_Core",
			MaxArraySize: 2001,
			JobRequeue: 1,
			ReturnToService: 2,
			MpiDefault: "none",
			// Ended jobs stay long enough to be asked about.
			MinJobAge: 3600,
			KillWait: 2,
		};
		return [
			...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
			`NodeName=${host} CPUs=${availableParallelism()} RealMemory=${Math.floor((0.9 * totalmem()) / 2 ** 20)} State=UNKNOWN`,
			`PartitionName=main Nodes=${host} Default=YES MaxTime=1440 State=UP`,
			"",
		].join("\n");
	}
}
