import type { Command } from "commander";
export function addSchema(_program: Command): void {}
