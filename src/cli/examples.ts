/** What `--help` of a command ends with: commands to copy, and what each is for. A test parses every one of them. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
	const width = Math.max(...lines.map(([command]) => command.length));
	return `\nExamples:\n${lines.map(([command, what]) => `  ${command.padEnd(width)}  # ${what}`).join("\n")}`;
}
