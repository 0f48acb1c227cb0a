/**
 * `npm run --silent bench -- [NAME...] [--json]`: measures speed in three tiers. Figures are medians over several runs; whole
 * simulations are processes of their own, and their CPU is that of the whole process, start-up included. Where a peer is
 * named, it runs in the same call, so that ratios hold on a noisy machine.
 */
import { parseArgs } from "node:util";
import { BENCHES } from "./benches.mjs";

const { values, positionals } = asked();
const wanted = positionals.length > 0 ? positionals : Object.keys(BENCHES).filter((name) => name !== "peers");
for (const name of wanted) {
	if (!Object.hasOwn(BENCHES, name)) {
		refuse(`there is no bench '${name}'; there are ${Object.keys(BENCHES).join(", ")}`);
	}
}
for (const name of wanted) {
	for await (const { name: figure, value, unit } of BENCHES[name]()) {
		const rounded = Number(value.toPrecision(4));
		if (values.json) console.log(JSON.stringify({ name: figure, value: rounded, unit }));
		else console.log(`${figure.padEnd(48)} ${String(rounded).padStart(12)} ${unit}`);
	}
}

/** What the command line says. */
function asked() {
	try {
		return parseArgs({ allowPositionals: true, options: { json: { type: "boolean", default: false } } });
	} catch (error) {
		return refuse(
			`${error.message}\nusage: npm run --silent bench -- [NAME...] [--json]; there are ${Object.keys(BENCHES).join(", ")}`,
		);
	}
}

function refuse(message) {
	console.error(message);
	process.exit(2);
}
