/** A name as part of a metric name: "Insufficient cpu" becomes insufficient_cpu, example.com/fpga becomes example_com_fpga. */
export function slug(text: string): string {
	return text
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "_")
		.replace(/^_|_$/g, "");
}
