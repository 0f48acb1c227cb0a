import { expect, test } from "vitest";
import type { MakeController } from "../../../src/control/controller.js";
import { cronJobController } from "../../../src/control/controllers/cron-job.js";
import { jobController } from "../../../src/control/controllers/job/job.js";
import type { CronJob } from "../../../src/control/kinds/cron-job.js";
import { MINUTE, SECOND } from "../../../src/engine/time.js";
import { JOB_TEMPLATE } from "../../support/api-objects.js";
import { node } from "../../support/cells.js";
import { TestPlane } from "../../support/control-planes.js";

/** A plane with the CronJob `cj`, each minute; what it told, and when Jobs came and went, in seconds. */
function planeWith(spec: object, runTime: string, controllers: readonly MakeController[] = [jobController]) {
	const plane = new TestPlane({
		controllers: [cronJobController, ...controllers],
		nodes: [node("node-0", { cpu: 4000 })],
	});
	const happened: string[] = [];
	plane.plane.server.watch(({ kind, before, after }) => {
		if (kind !== "Job" || (before !== null && after !== null)) return;
		const second = Math.round(plane.engine.nowUs / SECOND);
		happened.push(`${after === null ? "-" : "+"}${(after ?? before)!.metadata.name} at ${second}`);
	});
	plane.plane.server.watchEvents(({ source, reason }) => {
		if (source === "cronjob-controller") happened.push(reason);
	});
	const template = { ...JOB_TEMPLATE, metadata: { annotations: { "cellsim.io/run-time": runTime } } };
	plane.create({
		kind: "CronJob",
		metadata: { name: "cj" },
		spec: { schedule: "* * * * *", jobTemplate: { spec: { template } }, ...spec },
	});
	return { plane, happened };
}

const statusOf = ({ plane }: TestPlane) => (plane.server.get("CronJob", "default/cj") as CronJob).status;

test("Replace deletes the Job that runs and makes the new one at once", () => {
	const { plane, happened } = planeWith({ concurrencyPolicy: "Replace" }, "10m");
	plane.runFor(130);
	expect(happened).toEqual([
		"+cj-1 at 60",
		"SuccessfulCreate",
		"-cj-1 at 120",
		"SuccessfulDelete",
		"+cj-2 at 120",
		"SuccessfulCreate",
	]);
	expect(statusOf(plane)).toMatchObject({ active: [{ name: "cj-2" }], lastScheduleUs: 2 * MINUTE });
});

test("a CronJob that rests starts the last time that it missed when it goes on, unless that is too long ago", () => {
	const missed = (spec: object) => {
		const { plane, happened } = planeWith({ suspend: true, ...spec }, "1s");
		plane.runFor(3 * 60 + 30);
		plane.patch("CronJob", "cj", { spec: { suspend: false } });
		plane.runFor(20);
		return happened.filter((what) => what.startsWith("+"));
	};
	expect(missed({})).toEqual(["+cj-3 at 210"]);
	expect(missed({ startingDeadlineSeconds: 60 })).toEqual(["+cj-3 at 210"]);
	expect(missed({ startingDeadlineSeconds: 20 })).toEqual([]);
});

test("more than a hundred missed times are worth a warning", () => {
	const { plane, happened } = planeWith({ suspend: true }, "1s");
	plane.runFor(102 * 60);
	plane.patch("CronJob", "cj", { spec: { suspend: false } });
	plane.runFor(1);
	expect(happened).toEqual(["TooManyMissedTimes", "+cj-102 at 6120", "SuccessfulCreate"]);
});

test("a Job that somebody deletes is missed, and the next is started", () => {
	const { plane, happened } = planeWith({ concurrencyPolicy: "Forbid" }, "10m");
	plane.runFor(70);
	plane.plane.delete("Job", "default/cj-1");
	plane.runFor(60);
	expect(happened).toEqual([
		"+cj-1 at 60",
		"SuccessfulCreate",
		"-cj-1 at 70",
		"MissingJob",
		"+cj-2 at 120",
		"SuccessfulCreate",
	]);
});

test("of Jobs that are over only so many stay", () => {
	const { plane } = planeWith({ successfulJobsHistoryLimit: 2 }, "1s");
	plane.runFor(5.5 * 60);
	expect([...plane.plane.server.list("Job")].map(({ metadata }) => metadata.name)).toEqual(["cj-4", "cj-5"]);
});
