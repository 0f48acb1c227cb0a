/**
 * A run as plain data: what is sent to a worker, what is hashed for its identity, what its manifest keeps. From a plan alone
 * the run can be made again, event for event.
 */
import { createHash } from "node:crypto";
import { canonicalJson } from "../objects/canonical-json.js";
import type { PlainMap } from "../objects/plain-data.js";
import { checksum } from "../workload/inputs.js";
import { openTraces } from "./assemble.js";
import type { Variant } from "./file/strategy.js";
import { specOf } from "./registries.js";
import { type CodeStamp, codeStamp } from "./stamp.js";
import type { BundledFile } from "./user-file.js";

export interface RunPlan {
	readonly experiment: string;
	/** Position among all runs of the experiment. */
	readonly index: number;
	readonly variant: Variant;
	/** Matrix values for people: `policy=best-fit,architecture=monolithic`. */
	readonly label: string;
	readonly seed: string;
	/** The experiment document of this run alone. */
	readonly document: PlainMap;
	/** Kubernetes documents beside it. */
	readonly kubernetes: readonly unknown[];
	/** Folders from which relative paths are tried, in this order. */
	readonly baseDirs: readonly string[];
	readonly schedulers: readonly BundledFile[];
	/** Absent where there are none. */
	readonly controllers?: readonly BundledFile[];
}

/** An input file and its content. */
export interface InputFile {
	readonly path: string;
	readonly sha256: string;
}

/** Everything that decides a run's bytes, and the name made of it. */
export interface RunIdentity {
	/** 12 hexadecimal digits of the SHA-256 over the rest. */
	readonly id: string;
	readonly inputs: readonly InputFile[];
	readonly versions: CodeStamp & { readonly node: string };
}

/** Names runs; input files are read once for all of them. */
export class Identifier {
	readonly #checksums = new Map<string, Promise<string>>();
	readonly #versions = { ...codeStamp(), node: process.version };

	/** The identity of a run. InputError if an input file cannot be read. */
	async identify(plan: RunPlan): Promise<RunIdentity> {
		const files = openTraces(specOf(plan.document), plan).flatMap((trace) => trace.files);
		const inputs: InputFile[] = [];
		for (const path of [...new Set(files)]) inputs.push({ path, sha256: await this.#checksum(path) });
		const facts = {
			// Two cells of the matrix may come to the same document, and are two runs all the same.
			variant: plan.variant,
			document: plan.document,
			kubernetes: plan.kubernetes,
			inputs: inputs.map(({ sha256 }) => sha256),
			schedulers: plan.schedulers.map(({ sha256 }) => sha256),
			...(plan.controllers && { controllers: plan.controllers.map(({ sha256 }) => sha256) }),
			versions: this.#versions,
		};
		const id = createHash("sha256").update(canonicalJson(facts)).digest("hex").slice(0, 12);
		return { id, inputs, versions: this.#versions };
	}

	#checksum(file: string): Promise<string> {
		let sum = this.#checksums.get(file);
		if (!sum) {
			sum = checksum(file);
			this.#checksums.set(file, sum);
		}
		return sum;
	}
}
