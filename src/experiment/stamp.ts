/**
 * What code made a result. The build runs this file, which writes `stamp.json` beside the compiled code: the version of the
 * package and a hash over every compiled file. Results of other code are not taken for results of this one.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface CodeStamp {
	readonly version: string;
	/** SHA-256 over the compiled code; "source" when it runs uncompiled, as in unit tests. */
	readonly code: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const file = join(root, "stamp.json");

export function codeStamp(): CodeStamp {
	if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as CodeStamp;
	return { version: packageVersion(), code: "source" };
}

function packageVersion(): string {
	return (JSON.parse(readFileSync(join(root, "../package.json"), "utf8")) as { version: string }).version;
}

function writeStamp(): void {
	const hash = createHash("sha256");
	const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
	for (const name of files.sort()) hash.update(`${name}\n`).update(readFileSync(join(root, name)));
	writeFileSync(file, `${JSON.stringify({ version: packageVersion(), code: hash.digest("hex") })}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeStamp();
