/** A BPF object in libbpf's hands: opened, then loaded, then closed. */
import { copyOf, optionalText } from "./arguments.ts";
import type { BpfMapPointer, BpfObjectPointer, BpfProgramPointer } from "./c.ts";
import { type Capability, capabilitiesFor, missingCapabilities, permissionHint } from "./capabilities.ts";
import { E2BIG, EINVAL, EPERM } from "./errno.ts";
import { VerifierError } from "./errors.ts";
import { missingTarget } from "./kernel-names.ts";
import { iteratorNeedsNewer, mapNeedsNewer, programNeedsNewer } from "./kernel-versions.ts";
import { sectionNeedsNewer } from "./libbpf-versions.ts";
import { BPF_F_LINK } from "./links/anchor.ts";
import { externHint, pinnedMapHint } from "./load-hints.ts";
import { failure, withLog } from "./log.ts";
import { mapTypeName } from "./maps/types.ts";
import { errno, init, libbpf } from "./native.ts";
import { programTypeName } from "./programs/types.ts";
import { decisiveLines, rejectedProgram, verifierLogs } from "./verifier-log.ts";

/** How an object is opened. */
export interface OpenOptions {
  /** Folder in a BPF file system for maps that the C source wants pinned by name; `/sys/fs/bpf` by default. */
  readonly pinRootPath?: string;
  /** File with the kernel's BTF, for kernels that do not have it in /sys/kernel/btf. */
  readonly kernelBtf?: string;
  /** `CONFIG_…=value` lines that add to and override the running kernel's. */
  readonly kconfig?: string;
}

export class BpfObject {
  /** File name of the object, for messages. */
  readonly source: string;
  readonly maps: ReadonlyMap<string, BpfMapPointer>;
  readonly programs: ReadonlyMap<string, BpfProgramPointer>;
  /** Sections that libbpf left out because it is too old, and what is needed, as a sentence. */
  readonly leftOut: string | undefined;
  readonly #object: BpfObjectPointer;
  readonly #kernelBtf: string | undefined;
  #closed = false;

  /**
   * @throws {BpfError} when libbpf cannot make sense of the bytes
   * @throws {ValueError} when the bytes are none, or an option is no string
   */
  constructor(source: string, bytes: Uint8Array, options: OpenOptions) {
    this.source = source;
    this.#kernelBtf = options.kernelBtf;
    const opened = open(source, bytes, options);
    this.#object = opened.object;
    this.leftOut = opened.leftOut;
    this.maps = new Map(children(this.#object, libbpf.bpf_object__next_map, libbpf.bpf_map__name));
    this.programs = new Map(
      children(this.#object, libbpf.bpf_object__next_program, libbpf.bpf_program__name),
    );
  }

  /**
   * Creates the maps and loads the programs.
   *
   * @returns the verifier's logs of programs that have a log level
   * @throws {VerifierError} when the verifier rejects a program
   * @throws {BpfError} when anything else fails
   */
  load(): ReadonlyMap<string, string> {
    return withLog((log) => {
      const result = libbpf.bpf_object__load(this.#object);
      if (result < 0) throw this.#loadError(-result, log());
      return verifierLogs(log());
    });
  }

  #loadError(code: number, log: string): Error {
    const program = rejectedProgram(log);
    const verifierLog = program === undefined ? undefined : verifierLogs(log).get(program);
    if (program === undefined || verifierLog === undefined)
      return failure(
        `load ${program === undefined ? "" : `program ${program} of `}${this.source}`,
        code,
        log,
        () =>
          btfHint(log, this.#kernelBtf) ??
          loadHint(code, log) ??
          pinnedMapHint(code, log) ??
          externHint(log) ??
          this.#noTarget(log) ??
          this.#tooOld(code, log, program) ??
          (code === EPERM ? permissionHint(this.#needed(program)) : undefined),
      );
    return new VerifierError(
      program,
      {
        operation: `load program ${program} of ${this.source}`,
        errno: code,
        log: verifierLog,
        hint: this.#programTooOld(program) ?? verifierHint(verifierLog, this.#needed(program)),
      },
      decisiveLines(verifierLog),
    );
  }

  /** libbpf looks for what a program attaches to before it loads the program (libbpf_find_attach_btf_id). */
  #noTarget(log: string): string | undefined {
    const found = /prog '([^'\n]*)': failed to find kernel BTF type ID of '([^'\n]*)'/.exec(log);
    if (found === null) return undefined;
    const [, program = "", target = ""] = found;
    const pointer = this.programs.get(program);
    const section = pointer === undefined ? "" : libbpf.bpf_program__section_name(pointer);
    const without = `give load() { programs: { ${program}: { autoload: false } } }`;
    const tooOld = /^\??iter/.test(section) ? iteratorNeedsNewer(target) : undefined;
    if (tooOld !== undefined) return `${tooOld}. To do without, ${without}`;
    const what = missingTarget(section, target) ?? `This kernel has no ${target} for program ${program}`;
    const end = what.endsWith("?") ? " Correct" : ": correct";
    return `${what}${end} its section, or ${without}`;
  }

  /** When it is a kind of map or program that came later than this kernel. */
  #tooOld(code: number, log: string, program: string | undefined): string | undefined {
    // map_create and bpf_prog_load (kernel/bpf/syscall.c) answer so to numbers that they do not know.
    if (code !== EINVAL && code !== E2BIG) return undefined;
    const map = /map '([^'\n]*)': failed to create: /.exec(log)?.[1];
    const mapPointer = map === undefined ? undefined : this.maps.get(map);
    if (map !== undefined && mapPointer !== undefined) {
      const type = mapTypeName(libbpf.bpf_map__type(mapPointer));
      const linked = type === "struct_ops" && (libbpf.bpf_map__map_flags(mapPointer) & BPF_F_LINK) !== 0;
      return mapNeedsNewer({ name: map, type, linked }) ?? sizeHint(map, mapPointer);
    }
    return program === undefined ? undefined : this.#programTooOld(program);
  }

  #programTooOld(name: string): string | undefined {
    const program = this.programs.get(name);
    if (program === undefined) return undefined;
    return programNeedsNewer({
      name,
      type: programTypeName(libbpf.bpf_program__type(program)),
      section: libbpf.bpf_program__section_name(program),
      expectedAttachType: libbpf.bpf_program__expected_attach_type(program),
    });
  }

  /** The capabilities that loading a program takes, or whatever failed when it was none. */
  #needed(program: string | undefined): readonly Capability[] | undefined {
    const pointer = program === undefined ? undefined : this.programs.get(program);
    return pointer === undefined
      ? undefined
      : capabilitiesFor(programTypeName(libbpf.bpf_program__type(pointer)));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    withLog(() => libbpf.bpf_object__close(this.#object));
  }
}

/** What of a map's definition the C source left to whoever loads it. */
function sizeHint(name: string, map: BpfMapPointer): string | undefined {
  const stacks = mapTypeName(libbpf.bpf_map__type(map)) === "stack_trace";
  const missing = [
    ...(libbpf.bpf_map__max_entries(map) === 0 ? [["max_entries", "maxEntries: …"]] : []),
    ...(stacks && libbpf.bpf_map__value_size(map) === 0 ? [["value_size", "valueSize: 8 * frames"]] : []),
  ];
  if (missing.length === 0) return undefined;
  const inC = missing.map(([member]) => member).join(" and ");
  const here = missing.map(([, option]) => option).join(", ");
  return `Map ${name} has no room: give it ${inC}, or load() { maps: { ${name}: { ${here} } } }`;
}

/** An object, and why sections were left out of it. */
interface Opened {
  readonly object: BpfObjectPointer;
  readonly leftOut: string | undefined;
}

function open(source: string, bytes: Uint8Array, options: OpenOptions): Opened {
  const copy = copyOf(bytes, `the object of ${source}`);
  const settings = {
    object_name: objectName(source),
    relaxed_maps: false,
    pin_root_path: optionalText(options.pinRootPath, "pinRootPath"),
    removed_attach_prog_fd: 0,
    kconfig: optionalText(options.kconfig, "kconfig"),
    btf_custom_path: optionalText(options.kernelBtf, "kernelBtf"),
  };
  return withLog((log) => {
    const object = libbpf.bpf_object__open_mem(copy, copy.length, settings);
    if (object === null) throw failure(`open ${source}`, errno(), log(), openHint);
    return { object, leftOut: leftOut(log()) };
  });
}

/** Why libbpf left out a section of an object: it is data to it that nothing uses (bpf_object__elf_collect). */
function leftOut(log: string): string | undefined {
  const skipped = log.matchAll(/skipping (?:unrecognized data )?section\(\d+\) (\S+)/g);
  return [...skipped]
    .map(([, section = ""]) => sectionNeedsNewer(section))
    .find((missing) => missing !== undefined);
}

const LIBBPF_ERRNO__FORMAT = 4001;
const LIBBPF_ERRNO__ENDIAN = 4003;

function openHint(code: number, log: string): string | undefined {
  if (log.includes("BTF is required"))
    return "It has no type information: compile it with clang -g, and do not strip its .BTF sections";
  if (code === LIBBPF_ERRNO__FORMAT) return undefined;
  return (
    leftOut(log) ??
    sleepableHint(log) ??
    loadHint(code, log) ??
    `This is libbpf ${init().version}; what it does not understand, a newer one may`
  );
}

// bpf_object__collect_st_ops_relos
function sleepableHint(log: string): string | undefined {
  if (!log.includes("is not struct_ops BPF program")) return undefined;
  const missing = sectionNeedsNewer("struct_ops.s");
  return missing === undefined ? undefined : `If that is of section struct_ops.s: ${missing}`;
}

// bpf_object__relocate_core
function btfHint(log: string, kernelBtf: string | undefined): string | undefined {
  if (!/failed to (parse|get) target BTF/.test(log)) return undefined;
  return kernelBtf === undefined
    ? "This kernel has no BTF of its own (CONFIG_DEBUG_INFO_BTF): give a file with it as kernelBtf"
    : `kernelBtf must be a file with the kernel's BTF, raw or in an ELF file: ${kernelBtf} is none`;
}

// From 1.5 on, libbpf opens objects of the other byte order, and refuses only to load them.
function loadHint(code: number, log: string): string | undefined {
  if (code === LIBBPF_ERRNO__ENDIAN)
    return "Compile it with clang -target bpf on a machine of this byte order, or with -target bpfel for x86-64 and arm64";
  const unknown = /prog '([^'\n]*)': missing BPF prog type, check ELF section name '([^'\n]*)'/.exec(log);
  if (unknown === null) return undefined;
  const [, program, section = ""] = unknown;
  const why =
    sectionNeedsNewer(section) ??
    `This is libbpf ${init().version}, which does not know the section ${section}; a newer one may`;
  return `${why}. Or give load() { programs: { ${program}: { autoload: false } } }`;
}

/** What libbpf names the maps of global variables after. No dot: see findGlobalsMap. */
function objectName(source: string): string {
  return source
    .replace(/\.o$/, "")
    .replace(/\.bpf$/, "")
    .replaceAll(/\W/g, "_");
}

function children<P>(
  object: BpfObjectPointer,
  next: (object: BpfObjectPointer, previous: P | null) => P | null,
  name: (child: P) => string,
): [string, P][] {
  const found: [string, P][] = [];
  for (let child = next(object, null); child !== null; child = next(object, child))
    found.push([name(child), child]);
  return found;
}

function verifierHint(log: string, needed: readonly Capability[] | undefined): string {
  if (log.includes("CO-RE relocation"))
    return "This kernel has no such type or member: guard its use with bpf_core_field_exists(), or give another kernelBtf";
  const whole = "The verifier rejected the program; its whole log is in this error's `log`";
  const missing = missingCapabilities(needed);
  // Without them the verifier knows fewer helpers and allows less.
  return missing === "" ? whole : `${whole}. It may be for want of ${missing}: try as root`;
}
