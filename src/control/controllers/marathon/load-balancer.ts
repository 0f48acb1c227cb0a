/**
 * Tells the cell which instances the requests to an app shall go to: what marathon-lb makes of Marathon's events for HAProxy. It reads
 * all apps again at each status update, change of health and change through the API. Behind an app is what runs, and what
 * is unreachable, since that may still run; with health checks, what has passed them last. An instance that is killed stays until it is
 * over, since Marathon does not ask for TASK_KILLING by itself. Apps of one HAPROXY_DEPLOYMENT_GROUP are one service, named
 * after the group; while one of them replaces another, as many old instances get no more requests as there are beyond the target.
 * Source: marathon-lb, marathon_lb.py (`get_apps`, `MarathonEventProcessor`), started with `sse --health-check`, as its image is.
 *
 * Divergence from marathon-lb: how long reading apps, writing the configuration and reloading HAProxy take is the delay of the proxies of
 * `spec.traffic`; a reload loses no connection; HAProxy itself checks nobody, and does not try another server where a connection is
 * refused. Taken out first is what Marathon kills first, where it goes by the ids of tasks. All apps are exposed, whatever their HAPROXY_GROUP.
 */
import type { ApiServer } from "../../api-server.js";
import type { MakeBackends } from "../../control-plane.js";
import type { App } from "../../kinds/marathon/app.js";
import type { BlueGreen } from "../../kinds/marathon/blue-green.js";
import { absoluteId } from "../../kinds/marathon/path-id.js";
import type { Pod } from "../../pod.js";
import { PodsBehind } from "../../pods-behind.js";
import { outOf } from "./blue-green.js";
import type { EngineRoom } from "./engine-room.js";
import { APP } from "./instances.js";
import { killOrder } from "./kill-order.js";

/** Apps that share it are one service. */
export const DEPLOYMENT_GROUP = "HAPROXY_DEPLOYMENT_GROUP";

export function marathonLb(room: EngineRoom): MakeBackends {
	return (cell, server, pods) => {
		const behind = new PodsBehind(cell, pods);
		const draining = new Draining(server);
		const look = (instance: Pod, isThere: boolean) => {
			const { labels, uid, name } = instance.metadata;
			const id = labels[APP];
			if (id === undefined) return;
			const takes = isThere && instance.status.phase === "Running" && room.health.isAlive(uid) && !draining.has(name);
			behind.set(`default/${serviceNameOf(id, labels)}`, instance, takes);
		};
		room.health.onChange = (instance) => look(instance, true);
		server.watch(({ kind, before, after }) => {
			if (kind === "Pod") look((after ?? before) as Pod, after !== null);
			else if (kind === "App" || kind === "BlueGreen") for (const instance of draining.counted()) look(instance, true);
		});
	};
}

/** The service that an app with these labels is behind. */
export function serviceNameOf(id: string, labels: Readonly<Record<string, string>>): string {
	return withoutSlash(labels[DEPLOYMENT_GROUP] ?? id);
}

function withoutSlash(id: string): string {
	return id.startsWith("/") ? id.slice(1) : id;
}

/** Old instances that get no more requests, since new ones have taken their place. */
class Draining {
	readonly #server: ApiServer;
	#names: ReadonlySet<string> = new Set();

	constructor(server: ApiServer) {
		this.#server = server;
	}

	has(name: string): boolean {
		return this.#names.has(name);
	}

	/** Counts them anew; instances for which that is news. */
	counted(): readonly Pod[] {
		const runs = [...this.#server.list("BlueGreen")] as BlueGreen[];
		const out = new Map(runs.flatMap((run) => this.#outFor(run)).map((pod) => [pod.metadata.name, pod]));
		const before = this.#names;
		this.#names = new Set(out.keys());
		const back = [...before].filter((name) => !out.has(name)).map((name) => this.#server.get("Pod", `default/${name}`));
		const news = [...out.values()].filter(({ metadata }) => !before.has(metadata.name));
		return [...news, ...(back.filter((pod) => pod !== undefined) as Pod[])];
	}

	#outFor({ metadata, spec, status }: BlueGreen): readonly Pod[] {
		const [green, blue] = [this.#app(metadata.name), this.#app(spec.replaces)];
		if (status.phase === "Done" || green === undefined || blue === undefined) return [];
		const old = ([...this.#server.list("Pod")] as Pod[]).filter(
			(pod) => pod.metadata.labels[APP] === blue.metadata.name && pod.status.phase === "Running",
		);
		const candidates = old.map((pod) => ({ pod, unreachable: false }));
		return killOrder(candidates, blue.spec.killSelection).slice(0, outOf(green, blue, status.target));
	}

	#app(id: string): App | undefined {
		return this.#server.get("App", `default/${absoluteId(id, "/")}`) as App | undefined;
	}
}
