/**
 * Serves the page on runs and the tables that it fetches, to this machine only. Read-only: GET and HEAD of the page and of files that
 * were named when it began; a path is looked up among these, and never joined to a folder.
 */
import { createReadStream, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Served {
	/** By path from the root, the file there. */
	readonly files: ReadonlyMap<string, string>;
	/** The page at the root; rejects if it cannot be made. */
	readonly page: Promise<string>;
}

const HOST = "127.0.0.1";

/** Listens on loopback, on a free port for 0. Rejects with the system's error if the port is taken. */
export async function serve(
	served: Served,
	port: number,
): Promise<{ readonly server: Server; readonly address: string }> {
	const server = createServer((request, response) => {
		answer(served, server, request, response).catch((error: unknown) => {
			if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain; charset=utf-8" });
			response.end(error instanceof Error ? error.message : String(error));
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, HOST, resolve);
	});
	return { server, address: `http://${HOST}:${portOf(server)}/` };
}

function portOf(server: Server): number {
	return (server.address() as AddressInfo).port;
}

async function answer(
	{ files, page }: Served,
	server: Server,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const refuse = (status: number, text: string, headers = {}) => {
		response.writeHead(status, { ...HEADERS, "content-type": "text/plain; charset=utf-8", ...headers });
		response.end(text);
	};
	// A page elsewhere that has this machine's address under a name of its own could read the runs otherwise.
	const hosts = [`${HOST}:${portOf(server)}`, `localhost:${portOf(server)}`];
	if (!hosts.includes(request.headers.host ?? "")) return refuse(403, "this address is for this machine only\n");
	if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, "read-only\n", { allow: "GET, HEAD" });
	const path = request.url ?? "";
	if (path === "/") {
		const html = await page;
		response.writeHead(200, { ...HEADERS, "content-type": "text/html; charset=utf-8" });
		response.end(request.method === "HEAD" ? undefined : html);
		return;
	}
	const file = files.get(path);
	if (file === undefined) return refuse(404, "there is no such file\n");
	const length = statSync(file).size;
	response.writeHead(200, {
		...HEADERS,
		"content-type": "application/vnd.apache.arrow.file",
		"content-length": length,
	});
	if (request.method === "HEAD") response.end();
	else
		createReadStream(file)
			.on("error", () => response.destroy())
			.pipe(response);
}

const HEADERS = {
	"cache-control": "no-store",
	"cross-origin-resource-policy": "same-origin",
	"x-content-type-options": "nosniff",
} as const;
