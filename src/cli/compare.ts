import type { Command } from "commander";
export function addCompare(_program: Command): void {}
