/** Applies a configuration to an opened object. */
import { assertObject, insteadOf } from "./arguments.ts";
import type { OpenOptions } from "./bpf-object.ts";
import { SkeletonError, ValueError } from "./errors.ts";
import { assignGlobals } from "./globals.ts";
import type { NamedGlobals } from "./open-parts.ts";
import type { MapConfig, OpenMap } from "./open-map.ts";
import type { OpenProgram, ProgramConfig } from "./open-program.ts";

/** A configuration, without its types. */
export interface Config extends OpenOptions {
  readonly maps?: Readonly<Record<string, MapConfig | undefined>>;
  readonly programs?: Readonly<Record<string, ProgramConfig | undefined>>;
  readonly logLevel?: number;
}

/** What of a configuration an object is opened with. */
export function openOptions({ pinRootPath, kernelBtf, kconfig }: Config): OpenOptions {
  return {
    ...(pinRootPath === undefined ? {} : { pinRootPath }),
    ...(kernelBtf === undefined ? {} : { kernelBtf }),
    ...(kconfig === undefined ? {} : { kconfig }),
  };
}

/** What can be configured, by name. */
export interface Configurable {
  readonly source: string;
  readonly maps: Readonly<Record<string, OpenMap>>;
  readonly programs: Readonly<Record<string, OpenProgram>>;
  readonly globals: readonly NamedGlobals[];
}

const MAP_OPTIONS = [
  "maxEntries",
  "valueSize",
  "flags",
  "pinPath",
  "reuse",
  "autocreate",
  "autoAttach",
] as const satisfies (keyof MapConfig)[];
const PROGRAM_OPTIONS = [
  "autoload",
  "autoAttach",
  "logLevel",
  "attachTarget",
] as const satisfies (keyof ProgramConfig)[];
const OPTIONS: readonly string[] = [
  "maps",
  "programs",
  "logLevel",
  "pinRootPath",
  "kernelBtf",
  "kconfig",
] satisfies (keyof Config)[];

function configureAll<T extends object>(
  kind: string,
  source: string,
  targets: Readonly<Record<string, T>>,
  configs: Readonly<Record<string, Partial<T> | undefined>> | undefined,
  options: readonly string[],
): void {
  if (configs === undefined) return;
  assertObject(configs, `${kind}s`);
  for (const [name, config] of Object.entries(configs)) {
    if (config === undefined) continue;
    assertObject(config, `${kind}s.${name}`);
    const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
    if (target === undefined) throw unknown(kind, name, `in ${source}`, Object.keys(targets));
    for (const [option, value] of Object.entries(config)) {
      if (!options.includes(option))
        throw unknown("option", option, `of ${kind} ${name} in ${source}`, options);
      if (value !== undefined) within(`${kind}s.${name}`, () => void Reflect.set(target, option, value));
    }
  }
}

/** What does not fit is named by its place in the configuration. */
function within(place: string, assign: () => void): void {
  try {
    assign();
  } catch (error) {
    throw ValueError.within(error, place);
  }
}

function unknown(what: string, name: string, place: string, known: readonly string[]): SkeletonError {
  return new SkeletonError(`there is no ${what} ${name} ${place}${insteadOf(name, known)}`);
}

/**
 * Applies a configuration. Members of it that are no options set the variables of the section they name.
 *
 * @throws {SkeletonError} for a name that is not in the object, or no option
 * @throws {ValueError} for a value that does not fit
 */
export function configure(target: Configurable, config: Config): void {
  const { source, maps, programs, globals } = target;
  configureAll("map", source, maps, config.maps, MAP_OPTIONS);
  if (config.logLevel !== undefined)
    for (const program of Object.values(programs)) program.logLevel = config.logLevel;
  configureAll("program", source, programs, config.programs, PROGRAM_OPTIONS);
  for (const [name, values] of Object.entries(config)) {
    if (values === undefined || OPTIONS.includes(name)) continue;
    const section = globals.find((candidate) => candidate.name === name);
    if (section === undefined)
      throw unknown("option", name, `in ${source}`, [...OPTIONS, ...globals.map((one) => one.name)]);
    within(name, () => assignGlobals(section.accessors, values, `${name} of ${source}`));
  }
}
