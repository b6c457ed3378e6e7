/** The types of a skeleton in its states, and what generated code says to make one. */
import type { OpenOptions } from "./bpf-object.ts";
import type { GlobalsDescriptor } from "./globals.ts";
import type { Link } from "./links/link.ts";
import type { MapDescriptor } from "./maps/map.ts";
import type { ObjectSource } from "./object-source.ts";
import type { MapConfig, OpenMap } from "./open-map.ts";
import type { OpenProgram, ProgramConfig } from "./open-program.ts";
import type { ProgramDescriptor } from "./programs/base.ts";

/**
 * A BPF object that is loaded into the kernel. It owns its maps, programs and links. When the process or the worker thread
 * that loaded it ends, it is closed, except by `Worker.terminate()`: that leaves all as it is until the process ends.
 */
export interface Skeleton extends Disposable {
  /** The maps of the C source, by name. */
  readonly maps: object;
  /** The programs of the C source, by name. */
  readonly programs: object;
  /** The links that are not closed, in the order in which they were made. */
  readonly links: readonly Link[];
  readonly closed: boolean;
  /**
   * Attaches every loaded program whose section says where, then every struct_ops map, except those with `autoAttach` off
   * and those that an earlier call attached. The others, such as iterators over the elements of a map, are attached through their own `attach`.
   *
   * @returns the new links
   * @throws {BpfError} when one cannot be attached; none of this call's links remains then
   */
  attach(): readonly Link[];
  /** Detaches its links, frees its maps and programs, and makes every use of them a `ClosedError`. Idempotent. */
  close(): void;
}

/** A BPF object that is opened: configure it, then `load` it. */
export interface OpenSkeleton<S extends Skeleton> extends Disposable {
  readonly maps: { readonly [K in keyof S["maps"]]: OpenMap };
  readonly programs: { readonly [K in keyof S["programs"]]: OpenProgram };
  /** Whether it was loaded or closed. */
  readonly closed: boolean;
  /**
   * Creates the maps and loads the programs. Whether that succeeds or not, this skeleton is closed afterwards.
   *
   * @throws {VerifierError} when the kernel's verifier rejects a program
   * @throws {BpfError} when anything else fails
   * @throws {ClosedError} when it was loaded or closed before
   */
  load(): S;
  /** Frees it. Idempotent, and without effect on what `load` returned. */
  close(): void;
}

/** What an object has that has no member `K` of its own: C may call a map `toString`, and a configuration leave it out. */
type Inherited<K> = K extends keyof typeof Object.prototype ? (typeof Object.prototype)[K] : never;

/** What `load` of a skeleton's class can configure in one go. */
export interface SkeletonConfig<S extends Skeleton> extends OpenOptions {
  readonly maps?: { readonly [K in keyof S["maps"]]?: MapConfig | Inherited<K> };
  readonly programs?: { readonly [K in keyof S["programs"]]?: ProgramConfig | Inherited<K> };
  /** The verifier's log level for every program; see `ProgramConfig`. */
  readonly logLevel?: number;
}

/** The class of a skeleton. */
export interface SkeletonClass<S extends Skeleton, O extends OpenSkeleton<S>, C extends SkeletonConfig<S>> {
  readonly name: string;
  /**
   * Opens the object, so that it can be configured before it is loaded.
   *
   * @throws {BpfError} when libbpf cannot read the object
   * @throws {SkeletonError} when the object is not the one that the skeleton was made from
   */
  open(options?: OpenOptions): O;
  /**
   * Opens, configures and loads the object in one go.
   *
   * @throws {VerifierError} when the kernel's verifier rejects a program
   * @throws {BpfError} when anything else fails
   * @throws {SkeletonError} when the configuration names what is not in the object
   */
  load(config?: C): S;
}

/** What generated code says about an object. */
export interface SkeletonDescriptor<S extends Skeleton> {
  /** The skeleton's name, as in `Exec`. */
  readonly name: string;
  /** The object's file name, as in `exec.bpf.o`. */
  readonly source: string;
  readonly object: ObjectSource;
  readonly maps: { readonly [K in keyof S["maps"]]: MapDescriptor<S["maps"][K]> };
  readonly programs: { readonly [K in keyof S["programs"]]: ProgramDescriptor<S["programs"][K]> };
  /** The names in C of the maps and programs that have another one here. */
  readonly names?: {
    readonly maps?: Readonly<Record<string, string>>;
    readonly programs?: Readonly<Record<string, string>>;
  };
  /** Sections of global variables, by their member's name, as in `rodata`. */
  readonly globals?: Readonly<Record<string, GlobalsDescriptor>>;
}
