/** An object by name, from opening to closing: what a skeleton is without generated code. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { isParseError, parseObject } from "tinybpf-btf";
import { copyOf, assertObject, assertOptions, text, insteadOf } from "../arguments.ts";
import type { OpenOptions } from "../bpf-object.ts";
import { wrong } from "../codec/check.ts";
import { SkeletonError, ValueError } from "../errors.ts";
import { showAs } from "../inspection.ts";
import type { Link } from "../links/link.ts";
import type { LoadedSkeleton } from "../loaded-skeleton.ts";
import type { MapConfig, OpenMap } from "../open-map.ts";
import type { OpenProgram, ProgramConfig } from "../open-program.ts";
import { openOptions } from "../configure.ts";
import { OpenedSkeleton } from "../open-skeleton.ts";
import type { Skeleton } from "../skeleton-types.ts";
import { BtfCodecs } from "./btf-codecs.ts";
import { BtfTypes } from "./btf-types.ts";
import { describeObject, type EventOptions } from "./describe-object.ts";
import { DynamicGlobals } from "./globals.ts";
import { type DynamicMap, type DynamicMaps, MAP_CLASSES } from "./map-kinds.ts";
import { type DynamicProgram, type DynamicPrograms, PROGRAM_CLASSES } from "./program-kinds.ts";
import { lookupType } from "./type-registry.ts";
import type { AnyClass, DynamicInput } from "./values.ts";

/** How an object is opened. */
export interface ObjectOptions extends OpenOptions {
  /**
   * The types of the events of ring buffers and perf event arrays, by the maps' names, as the generator's `--event` takes
   * them: `{ events: "exec_event" }`, `{ lifecycle: "start_event|stop_event:kind" }`. Without, a declaration tag or the
   * value type of the map says it, or events are bytes.
   */
  readonly events?: EventOptions;
}

const OPTIONS = { pinRootPath: true, kernelBtf: true, kconfig: true, events: true } as const;

/** What `load` can configure in one go. */
export interface ObjectConfig extends ObjectOptions {
  /** By the maps' names. */
  readonly maps?: Readonly<Record<string, MapConfig>>;
  /** By the programs' names. */
  readonly programs?: Readonly<Record<string, ProgramConfig>>;
  /** Initial values of global variables, by their names, whatever section they are in. */
  readonly globals?: Readonly<Record<string, DynamicInput>>;
  /** The verifier's log level for every program; see `ProgramConfig`. */
  readonly logLevel?: number;
}

/** A BPF object: the path of its file, or its bytes. */
export type ObjectFile = string | URL | Uint8Array;

/** What is known of an object as long as it is open. */
interface Facts {
  readonly source: string;
  readonly types: BtfTypes | undefined;
  readonly globals: DynamicGlobals;
}

/**
 * Opens the object in a file, so that it can be configured before it is loaded.
 *
 * @param file - its path or its bytes
 * @throws {BpfError} when libbpf cannot make sense of the object
 * @throws {SkeletonError} when it cannot be read, is no BPF object, or has no map or type that `events` names
 * @throws {TypeMismatchError} when a codec that was registered for one of its types does not describe it
 *
 * @example
 * ```ts
 * using opened = open("exec.bpf.o");
 * opened.globals.set("target_ppid", process.pid);
 * using exec = opened.load();
 * ```
 */
export function open(file: ObjectFile, options: ObjectOptions = {}): OpenObject {
  return new OpenObject(file, options);
}

/**
 * Opens, configures and loads the object in a file.
 *
 * @param file - its path or its bytes
 * @throws {VerifierError} when the kernel's verifier rejects a program
 * @throws {BpfError} when libbpf or the kernel refuses anything else
 * @throws {SkeletonError} when it cannot be read, is no BPF object, or has nothing of a name in `config`
 *
 * @example
 * ```ts
 * using exec = load("exec.bpf.o", { globals: { target_ppid: process.pid }, events: { events: "exec_event" } });
 * exec.attach();
 * for await (const event of exec.map("events", "RingBuffer")) console.log(event);
 * ```
 */
export function load(file: ObjectFile, config: ObjectConfig = {}): LoadedObject {
  assertOptions<ObjectConfig>(config, "config", {
    ...OPTIONS,
    maps: true,
    programs: true,
    globals: true,
    logLevel: true,
  });
  const { maps: _maps, programs: _programs, globals: _globals, logLevel: _logLevel, ...options } = config;
  const opened = new OpenObject(file, options);
  try {
    opened.configure(config);
    return opened.load();
  } finally {
    opened.close();
  }
}

/** An object that is opened: configure it, then `load` it. */
export class OpenObject implements Disposable {
  readonly maps: Readonly<Record<string, OpenMap>>;
  readonly programs: Readonly<Record<string, OpenProgram>>;
  /** Global variables: their values from the start. */
  readonly globals: DynamicGlobals;
  readonly #facts: Facts;
  readonly #opened: OpenedSkeleton;

  static {
    showAs(OpenObject, (object) => summary(object, object.#facts));
  }

  /** @internal */
  constructor(file: ObjectFile, options: ObjectOptions) {
    assertOptions<ObjectOptions>(options, "options", OPTIONS);
    const { source, bytes } = readObject(file);
    const model = parse(source, bytes);
    const types =
      model.btf === undefined
        ? undefined
        : new BtfTypes(model.btf, source, new BtfCodecs(model.btf, lookupType));
    const descriptor = describeObject(source, model, types?.codecs, options.events);
    this.#opened = new OpenedSkeleton(descriptor, openOptions(options));
    const sections = Object.keys(descriptor.globals ?? {}).map(
      (section): object => Reflect.get(this.#opened, section) as object,
    );
    this.globals = new DynamicGlobals(source, sections);
    this.maps = this.#opened.maps;
    this.programs = this.#opened.programs;
    this.#facts = { source, types, globals: this.globals };
  }

  /** Whether it was loaded or closed. */
  get closed(): boolean {
    return this.#opened.closed;
  }

  /** The object's types. @throws {SkeletonError} when it has none */
  get btf(): BtfTypes {
    return typesOf(this.#facts);
  }

  /** @internal */
  configure({ maps, programs, logLevel, globals = {} }: ObjectConfig): void {
    this.#opened.configure({
      ...(maps === undefined ? {} : { maps }),
      ...(programs === undefined ? {} : { programs }),
      ...(logLevel === undefined ? {} : { logLevel }),
    });
    assertObject(globals, "globals");
    for (const [name, value] of Object.entries(globals)) {
      try {
        this.globals.set(name, value);
      } catch (error) {
        throw ValueError.within(error, "globals");
      }
    }
  }

  /**
   * Creates the maps and loads the programs. Whether that succeeds or not, this object is closed afterwards.
   *
   * @throws {VerifierError} when the kernel's verifier rejects a program
   * @throws {BpfError} when anything else fails
   * @throws {ClosedError} when it was loaded or closed before
   */
  load(): LoadedObject {
    return new LoadedObject(this.#opened.load(), this.#facts);
  }

  /** Frees it. Idempotent, and without effect on what `load` returned. */
  close(): void {
    this.#opened.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** An object that is loaded into the kernel; see `Skeleton`. Its maps, programs and variables go by their names in C. */
export class LoadedObject implements Skeleton {
  /** Tell the classes apart with {@link LoadedObject.map}. */
  readonly maps: Readonly<Record<string, DynamicMap>>;
  /** Tell the classes apart with {@link LoadedObject.program}. */
  readonly programs: Readonly<Record<string, DynamicProgram>>;
  readonly globals: DynamicGlobals;
  readonly #facts: Facts;
  readonly #loaded: LoadedSkeleton;

  static {
    showAs(LoadedObject, (object) => ({
      ...summary(object, object.#facts),
      links: object.links.map(({ title }) => title),
    }));
  }

  /** @internal */
  constructor(loaded: LoadedSkeleton, facts: Facts) {
    this.#loaded = loaded;
    this.#facts = facts;
    // What the descriptors made: see map-kinds.ts and program-kinds.ts.
    this.maps = loaded.maps as Readonly<Record<string, DynamicMap>>;
    this.programs = loaded.programs as Readonly<Record<string, DynamicProgram>>;
    this.globals = facts.globals;
  }

  get closed(): boolean {
    return this.#loaded.closed;
  }

  get links(): readonly Link[] {
    return this.#loaded.links;
  }

  /** The object's types. @throws {SkeletonError} when it has none */
  get btf(): BtfTypes {
    return typesOf(this.#facts);
  }

  /**
   * A map of a certain class.
   *
   * @param name - as in C
   * @param kind - the name of its class: `HashMap`, `RingBuffer`
   * @throws {SkeletonError} when there is no such map, or it is of another class
   */
  map<K extends keyof DynamicMaps>(name: string, kind: K): DynamicMaps[K] {
    return ofKind<DynamicMaps, K>("map", MAP_CLASSES, this.maps, name, kind);
  }

  /**
   * A program of a certain class.
   *
   * @param name - as in C
   * @param kind - the name of its class: `XdpProgram`, `TracepointProgram`
   * @throws {SkeletonError} when there is no such program, or it is of another class
   */
  program<K extends keyof DynamicPrograms>(name: string, kind: K): DynamicPrograms[K] {
    return ofKind<DynamicPrograms, K>("program", PROGRAM_CLASSES, this.programs, name, kind);
  }

  /** As a skeleton's `attach`: every loaded program whose section says where. */
  attach(): readonly Link[] {
    return this.#loaded.attach();
  }

  close(): void {
    this.#loaded.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** For `console.log`. */
function summary({ closed, maps, programs }: OpenObject | LoadedObject, { source }: Facts): object {
  return {
    source,
    closed: closed || undefined,
    maps: Object.keys(maps),
    programs: Object.keys(programs),
  };
}

function typesOf({ source, types }: Facts): BtfTypes {
  if (types !== undefined) return types;
  throw new SkeletonError(
    `${source} has no type information: compile it with clang -g, and do not strip its .BTF section`,
  );
}

/** The member `name`, which must be of the class that `classes` has for `kind`. */
function ofKind<Kinds extends object, K extends keyof Kinds & string>(
  what: string,
  classes: Readonly<Record<keyof Kinds & string, AnyClass>>,
  members: Readonly<Record<string, object>>,
  name: string,
  kind: K,
): Kinds[K] {
  const member = Object.hasOwn(members, text(name, "name")) ? members[name] : undefined;
  if (member === undefined)
    throw new SkeletonError(`there is no ${what} ${name}${insteadOf(name, Object.keys(members))}`);
  const found = Object.entries<AnyClass>(classes).find(([, Class]) => member.constructor === Class)?.[0];
  if (found !== kind)
    throw new SkeletonError(`${what} ${name} is a ${String(found)}, and no ${text(kind, "kind")}`);
  // The interfaces DynamicMaps and DynamicPrograms have each class under its own name.
  return member as Kinds[K];
}

function readObject(file: ObjectFile): { readonly source: string; readonly bytes: Uint8Array } {
  if (typeof file !== "string" && !(file instanceof URL))
    return { source: "object", bytes: copyOf(file, "file") };
  const path = file instanceof URL ? pathOf(file) : text(file, "file");
  try {
    return { source: basename(path), bytes: readFileSync(path) };
  } catch (cause) {
    throw new SkeletonError(`cannot read ${path}: ${whyNot(cause)}`, { cause });
  }
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw wrong(String(url), "the URL of a file", "file");
  }
}

/** `ENOENT: no such file or directory`, without the path that Node has behind it. */
function whyNot(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/, (?:open|read)\b.*$/s, "") : String(cause);
}

function parse(source: string, bytes: Uint8Array): ReturnType<typeof parseObject> {
  try {
    return parseObject(bytes);
  } catch (error) {
    if (isParseError(error)) throw new SkeletonError(`${source}: ${error.message}`, { cause: error });
    throw error;
  }
}
