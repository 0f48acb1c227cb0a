/**
 * `cellsim completion`: a script with which a shell completes commands, options, their choices, files and folders, and the kinds and formats of
 * `cellsim list`. It is made from the tree of commands itself, so that a new command or option is in it without a line here.
 *
 * The script asks nothing of cellsim while it is used: starting Node.js at each press of a key would be too slow.
 */
import { Argument, type Command, type Option } from "commander";
import { examples } from "./examples.js";
import { KINDS } from "./list.js";
import { quotedWord } from "./shell-word.js";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

export function addCompletion(program: Command): void {
	program
		.command("completion")
		.description("print a script that completes cellsim's commands and options in a shell")
		.addArgument(new Argument("<shell>", "bash, zsh or fish").choices(SHELLS))
		.addHelpText(
			"after",
			examples(
				["cellsim completion bash >> ~/.bashrc", "in every new shell; zsh likewise, in ~/.zshrc behind compinit"],
				["cellsim completion fish > ~/.config/fish/completions/cellsim.fish", "fish"],
			),
		)
		.action(async (shell: Shell) => {
			const { listKind } = await import("../experiment/listing.js");
			const { HEADLINES } = await import("../experiment/results/headlines.js");
			const known: Known = {
				formats: listKind("formats").map(({ name }) => name),
				metrics: HEADLINES.map(([name]) => name),
			};
			const places = placesIn(program, known);
			process.stdout.write(shell === "fish" ? fishScript(places) : bashScript(places, shell));
		});
}

/** Names that are no choices of an option, but what most people mean. */
interface Known {
	readonly formats: readonly string[];
	readonly metrics: readonly string[];
}

/** What can be typed behind a sequence of commands. */
interface Place {
	/** Commands before it: "" or "sweep plan". */
	readonly path: string;
	readonly commands: readonly Word[];
	readonly options: readonly OptionWords[];
	/** Words that can be operands. */
	readonly operands: readonly string[];
	/** Whether a file or folder can be an operand. */
	readonly files: boolean;
}

interface Word {
	readonly word: string;
	readonly description: string;
}

interface OptionWords {
	readonly flags: readonly string[];
	readonly description: string;
	/** What must come behind it: nothing, a file or folder, or a word, of which these are known. */
	readonly values: "none" | "file" | readonly string[];
}

function placesIn(command: Command, known: Known, path: readonly string[] = []): readonly Place[] {
	const help = command.createHelp();
	const operands = command.registeredArguments.map((argument) => operandWords(command, argument, known));
	const place: Place = {
		path: path.join(" "),
		commands: help.visibleCommands(command).map((child) => ({ word: child.name(), description: child.description() })),
		options: help.visibleOptions(command).map((option) => optionWords(option, known)),
		operands: operands.flat(),
		files: operands.some((words) => words.length === 0),
	};
	return [place, ...command.commands.flatMap((child) => placesIn(child, known, [...path, child.name()]))];
}

function optionWords({ short, long, flags, description, required, argChoices }: Option, known: Known): OptionWords {
	const names = [short, long].filter((flag) => flag !== undefined);
	const words = argChoices ?? (long === "--metric" ? known.metrics : []);
	const values = /<(file|folder)>/.test(flags) ? "file" : words;
	return { flags: names, description, values: required ? values : "none" };
}

/** Its own choices, or what `cellsim list` knows; empty: a file or any text. */
function operandWords(command: Command, argument: Argument, { formats }: Known): readonly string[] {
	if (argument.argChoices !== undefined) return argument.argChoices;
	if (command.name() === "list") return KINDS;
	return command.name() === "import" && argument.name() === "format" ? formats : [];
}

/** zsh runs the same script behind its `bashcompinit`. */
function bashScript(places: readonly Place[], shell: "bash" | "zsh"): string {
	const paths = places.filter(({ path }) => path !== "").map(({ path }) => quotedWord(path));
	const values = places.flatMap(({ path, options }) =>
		options.flatMap(({ flags, values }) => {
			if (values === "none") return [];
			const known = values === "file" ? "known= files=1" : `known=${quotedWord(values.join(" "))} files=`;
			return [`\t\t${flags.map((flag) => quotedWord(`${path}:${flag}`)).join("|")}) ${known} ;;\n`];
		}),
	);
	const words = places.map(({ path, commands, options, operands, files }) => {
		const flags = options.flatMap(({ flags }) => flags);
		const all = [...commands.map(({ word }) => word), ...operands, ...flags].join(" ");
		return `\t\t${quotedWord(path)}) known=${quotedWord(all)}${files ? " files=1" : ""} ;;\n`;
	});
	return `${shell === "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : ""}# cellsim completion ${shell}
_cellsim() {
	local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" at="" known="" files="" word
	for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
		case "\${at:+$at }$word" in
		${paths.join("|")}) at="\${at:+$at }$word" ;;
		esac
	done
	# bash takes --option=value for three words.
	if [[ $current == "=" ]]; then
		current=""
	elif [[ $previous == "=" ]]; then
		previous="\${COMP_WORDS[COMP_CWORD-2]}"
	fi
	case "$at" in
${words.join("")}	esac
	case "$at:$previous" in
${values.join("")}	esac
	COMPREPLY=($(compgen -W "$known" -- "$current"))
	[[ -z $files ]] || while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
}
complete -o filenames -F _cellsim cellsim
`;
}

function fishScript(places: readonly Place[]): string {
	const lines = places.flatMap(({ path, commands, options, operands, files }) => {
		const at = `complete -c cellsim -n ${quotedWord(`__cellsim_at ${quotedWord(path)}`)}`;
		return [
			...commands.map(({ word, description }) => `${at} -f -a ${quotedWord(word)} -d ${quotedWord(description)}`),
			...(operands.length === 0 ? [] : [`${at} -a ${quotedWord(operands.join(" "))}`]),
			...(files ? [] : [`${at} -f`]),
			...options.map(({ flags, description, values }) => {
				const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
				const known = values === "file" ? " -r -F" : ` -x -a ${quotedWord(values === "none" ? "" : values.join(" "))}`;
				const takes = values === "none" ? "" : known;
				return `${at} ${names.join(" ")}${takes} -d ${quotedWord(description)}`;
			}),
		];
	});
	const paths = places.filter(({ path }) => path !== "").map(({ path }) => quotedWord(path));
	return `# cellsim completion fish
function __cellsim_at
	set -l path ""
	for word in (commandline -opc)[2..]
		set -l longer (string trim "$path $word")
		contains -- $longer ${paths.join(" ")}; and set path $longer
	end
	test "$path" = "$argv"
end
${lines.join("\n")}
`;
}
