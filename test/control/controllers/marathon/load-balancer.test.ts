/** What marathon-lb sends requests to: instances that have passed their checks, until they are over, and old ones until new ones take their place. */
import { expect, test } from "vitest";
import { SECOND } from "../../../../src/engine/time.js";
import { node } from "../../../support/cells.js";
import { MesosPlane } from "../../../support/mesos-planes.js";

function listening() {
	const plane = new MesosPlane({ nodes: [0, 1, 2, 3].map((n) => node(`n${n}`, { cpu: 16_000, memory: 64e9 })) });
	const said: string[] = [];
	plane.cell.watch({
		endpointsChanged: (service, pods) =>
			said.push(`${(plane.engine.nowUs / SECOND).toFixed(1)} ${service} ${pods.length}`),
	});
	return { plane, said };
}

const APP = { instances: 1, cpus: 0.1, mem: 32, cmd: "1" };

test("an instance without a check takes requests when it runs, and until it is over", () => {
	const { plane, said } = listening();
	plane.create("App", "/shop/web", APP);
	plane.runFor(10);
	plane.delete("App", "/shop/web");
	plane.runFor(10);
	expect(said).toEqual(["0.5 default/shop/web 1", "10.0 default/shop/web 0"]);
});

test("one with a check takes them from the first one that it passes, and not between one that it fails and the next that it passes", () => {
	const { plane, said } = listening();
	const healthChecks = [{ protocol: "HTTP", intervalSeconds: 20, gracePeriodSeconds: 1, maxConsecutiveFailures: 0 }];
	plane.create("App", "/web", { ...APP, healthChecks }, { "cellsim.io/ready-after": "30s" });
	plane.runFor(60);
	const [pod] = plane.pods;
	plane.cell.reportReady(plane.plane.pods.podOf(pod!.metadata.uid)!, false);
	plane.runFor(60);
	plane.cell.reportReady(plane.plane.pods.podOf(pod!.metadata.uid)!, true);
	plane.runFor(60);
	// It serves from 30.5 to 60, and from 120 on; it is looked at at 5, 25, 45, 65, ..., 125.
	expect(said).toEqual(["45.0 default/web 1", "65.0 default/web 0", "125.0 default/web 1"]);
});

test("blue and green are one service, of as many instances as the target once green has more than that", () => {
	const { plane, said } = listening();
	const labels = { HAPROXY_DEPLOYMENT_GROUP: "shop" };
	plane.create("App", "/blue", { ...APP, instances: 10, labels });
	plane.runFor(60);
	said.length = 0;
	plane.create("BlueGreen", "/green", { replaces: "/blue", changes: { cmd: "2" } });
	plane.runFor(200);
	const counts = said.map((line) => Number(line.split(" ")[2]));
	expect(new Set(said.map((line) => line.split(" ")[1]))).toEqual(new Set(["default/shop"]));
	// Each new one comes before an old one goes; five come together.
	expect([Math.min(...counts), Math.max(...counts), counts.at(-1)]).toEqual([10, 15, 10]);
});
