/** From a run's manifest back to a plan that can be run: its inputs are what they were, files with code are bundled anew. */
import { existsSync } from "node:fs";
import { InputError } from "../../objects/input-error.js";
import { checksum } from "../../workload/inputs.js";
import type { RunPlan } from "../plan.js";
import { codeStamp } from "../stamp.js";
import { type BundledFile, bundleFile, type UserCode } from "../user-file.js";
import type { RunManifest } from "./manifest.js";

export interface RemadePlan {
	readonly plan: RunPlan;
	/** That other code than the run's will make it, which may come out differently; null if it is the same. */
	readonly warning: string | null;
}

/** The plan of the run in `folder`. InputError for an input or a file with code that is gone or not what it was. */
export async function remakePlan(folder: string, { plan, inputs, versions }: RunManifest): Promise<RemadePlan> {
	for (const { path, sha256 } of inputs) await checkUnchanged(folder, path, sha256);
	const schedulers = await bundleAgain(folder, "scheduler", plan.schedulers);
	const controllers = await bundleAgain(folder, "controller", plan.controllers ?? []);
	return {
		plan: { ...plan, schedulers, ...(controllers.length > 0 && { controllers }) },
		warning: otherCode(folder, versions),
	};
}

async function checkUnchanged(folder: string, path: string, sha256: string): Promise<void> {
	if (!existsSync(path))
		throw new InputError(`'${folder}' cannot be made again: its input '${path}' is gone; put it back, or run it again`);
	const now = await checksum(path);
	if (now !== sha256) throw changed(folder, `input '${path}'`, sha256, now);
}

async function bundleAgain(
	folder: string,
	what: UserCode,
	files: readonly BundledFile[],
): Promise<readonly BundledFile[]> {
	const again: BundledFile[] = [];
	for (const { path, file, sha256 } of files) {
		if (!existsSync(file))
			throw new InputError(
				`'${folder}' cannot be made again: its ${what} '${file}' is gone; put it back, or run it again`,
			);
		const bundled = await bundleFile(what, path, file);
		if (bundled.sha256 !== sha256) throw changed(folder, `${what} '${file}'`, sha256, bundled.sha256);
		again.push(bundled);
	}
	return again;
}

function changed(folder: string, what: string, then: string, now: string): InputError {
	const sums = `SHA-256 ${then.slice(0, 12)}... then, ${now.slice(0, 12)}... now`;
	return new InputError(
		`'${folder}' cannot be made again: its ${what} has changed (${sums}); put it back, or run it again`,
	);
}

function otherCode(folder: string, versions: RunManifest["versions"]): string | null {
	const { version, code } = codeStamp();
	const now = { version, code, node: process.version };
	if (versions.version === version && versions.code === code && versions.node === now.node) return null;
	return `'${folder}' was made by ${nameOf(versions)}, and is made again by ${nameOf(now)}: it may come out differently`;
}

function nameOf({ version, code, node }: RunManifest["versions"]): string {
	return `cellsim ${version} (code ${code.slice(0, 8)}, Node.js ${node})`;
}
