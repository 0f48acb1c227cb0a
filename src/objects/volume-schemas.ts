/** Volumes of a pod (core/v1 Volume), as far as a scheduler looks at them. */
import { z } from "zod";
import { orAbsent } from "./absent.js";
import type { ObjectMaker } from "./kubernetes-object.js";
import type { PodDisk, PodVolume } from "./pod-demands.js";

const readOnly = orAbsent(z.boolean(), false);
const text = orAbsent(z.string(), "");

const diskSchemas = {
	gcePersistentDisk: orAbsent(z.object({ pdName: text, readOnly }), null),
	awsElasticBlockStore: orAbsent(z.object({ volumeID: text }), null),
	iscsi: orAbsent(z.object({ iqn: text, readOnly }), null),
	rbd: orAbsent(z.object({ monitors: orAbsent(z.array(z.string()), []), pool: text, image: text, readOnly }), null),
};

/** Null for a volume that no scheduler looks at: configuration, secrets, scratch space. */
export const podVolumeSchema = (object: ObjectMaker): z.ZodType<PodVolume | null> =>
	object("Volume", {
		name: text,
		persistentVolumeClaim: orAbsent(z.object({ claimName: text }), null),
		ephemeral: orAbsent(z.unknown(), null),
		...diskSchemas,
	}).transform((volume): PodVolume | null => {
		const { name, persistentVolumeClaim: claim, ephemeral } = volume;
		if (claim !== null) return { claim: claim.claimName, ephemeral: false, disk: null };
		// The claim is named after the pod, which shares this object with its like: `-name` stands for it.
		if (ephemeral !== null) return { claim: `-${name}`, ephemeral: true, disk: null };
		const disk = diskOf(volume);
		return disk === null ? null : { claim: null, ephemeral: false, disk };
	});

type Disks = { readonly [Kind in keyof typeof diskSchemas]: z.output<(typeof diskSchemas)[Kind]> };

function diskOf({ gcePersistentDisk: gce, awsElasticBlockStore: aws, iscsi, rbd }: Disks): PodDisk | null {
	if (gce !== null) return { kind: "gcePersistentDisk", id: gce.pdName, aliases: [], readOnly: gce.readOnly };
	// Read-only mounts get in each other's way as well.
	if (aws !== null) return { kind: "awsElasticBlockStore", id: aws.volumeID, aliases: [], readOnly: false };
	if (iscsi !== null) return { kind: "iscsi", id: iscsi.iqn, aliases: [], readOnly: iscsi.readOnly };
	if (rbd !== null)
		return { kind: "rbd", id: `${rbd.pool}/${rbd.image}`, aliases: rbd.monitors, readOnly: rbd.readOnly };
	return null;
}
