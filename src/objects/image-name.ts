/** Names of container images. */

/** An image name as a node lists it: with a tag, `latest` if it names none. "" stays "". */
export function taggedImage(name: string): string {
	if (name === "") return name;
	return name.lastIndexOf(":") <= name.lastIndexOf("/") ? `${name}:latest` : name;
}
