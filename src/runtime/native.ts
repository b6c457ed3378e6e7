/**
 * The only file that talks to C: it finds libbpf, makes the functions of c.ts callable, and keeps pointers opaque.
 * Nothing is loaded before its first use.
 *
 * What koffi does with a wrong argument ranges from silent truncation to a crash of the process. The types derived
 * from c.ts keep most of that out; lengths and ranges are the callers' to check.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import koffi from "koffi";
import {
  type Address,
  type CType,
  type Declaration,
  type Functions,
  libbpfFunctions,
  libbpfSince,
  libcFunctions,
  type StructName,
  structs,
} from "./c.ts";
import { assertObject, optionalText, text } from "./arguments.ts";
import { LibraryError, TinyBpfError } from "./errors.ts";
import { type OptionStruct, writeOptions } from "./option-struct.ts";
import { atThreadExit } from "./thread-exit.ts";

type Library = ReturnType<typeof koffi.load>;

/** Functions of libbpf, each looked up in the library on first use. */
export type Libbpf = Functions<typeof libbpfFunctions>;
/** Functions of libc, likewise. */
export type Libc = Functions<typeof libcFunctions>;

/**
 * Names of koffi types are global to the process, and somebody else may have taken ours. Without names they do not go,
 * either: koffi calls unnamed types by how many types there are, so that two can get the same name, and it then takes a
 * pointer to the one for a pointer to the other (koffi 3.3, ffi.cc and type.cc).
 */
const typePrefix = `tinybpf_${randomBytes(8).toString("hex")}`;

function scalarType(type: CType): string {
  if (type === "__u32") return "uint32_t";
  if (type === "__u64") return "uint64_t";
  if (type === "off_t" || type === "__s64") return "int64_t";
  if (type === "const char *" || type === "const char *?") return "str";
  return type.includes("*") || type.includes("[]") ? "void *" : type;
}

/** The option struct that a type points to. */
function structName(type: CType): StructName | undefined {
  const name = /^struct (\w+) \*$/.exec(type)?.[1];
  return name !== undefined && isStruct(name) ? name : undefined;
}

function isStruct(name: string): name is StructName {
  return Object.hasOwn(structs, name);
}

type AnyFunction = (...args: readonly unknown[]) => unknown;

/**
 * koffi takes a number for an address, makes a NULL of `undefined`, and C ends a string at its first NUL: what is no
 * string must not get through. Callers check what they can name; this is for what they forget.
 */
function guarded(call: AnyFunction, parameters: readonly CType[]): AnyFunction {
  const guards = parameters.flatMap((type, index) => {
    const guard = stringGuard(type);
    return guard === undefined ? [] : [{ index, guard }];
  });
  if (guards.length === 0) return call;
  const options = parameters.map(structName);
  const hasOptions = options.some((struct) => struct !== undefined);
  return (...args) => {
    for (const { index, guard } of guards) guard(args[index], "");
    return hasOptions ? callWithOptions(call, options, args) : call(...args);
  };
}

function callWithOptions(
  call: AnyFunction,
  options: readonly (StructName | undefined)[],
  args: readonly unknown[],
): unknown {
  const written: OptionStruct[] = [];
  const addresses = args.map((arg, index) => {
    const struct = options[index];
    if (struct === undefined) return arg;
    // The guard has seen that it is an object.
    const made = writeOptions(struct, arg as object);
    written.push(made);
    return made.address;
  });
  try {
    return call(...addresses);
  } finally {
    for (const each of written) each.release();
  }
}

type Guard = (value: unknown, name: string) => void;

/** Checks an argument that is a string, or a struct with strings in it; `undefined` for anything else. */
function stringGuard(type: CType): Guard | undefined {
  if (type === "const char *") return (value, name) => text(value, name);
  if (type === "const char *?") return (value, name) => optionalText(value, name);
  const struct = structName(type);
  if (struct === undefined) return undefined;
  const members = Object.entries(structs[struct]).flatMap(([member, memberType]) => {
    const guard = stringGuard(memberType);
    return guard === undefined ? [] : [{ member, guard }];
  });
  return (value, name) => {
    assertObject(value, name);
    for (const { member, guard } of members) guard(Reflect.get(value, member), member);
  };
}

function missingFunction(name: string, title: string): string {
  const since = Object.hasOwn(libbpfSince, name) ? libbpfSince[name] : undefined;
  return since === undefined
    ? `${title} has no ${name}(): a newer version is needed`
    : `${name}() needs libbpf ${since} or newer; ${title} is in use`;
}

/** An object whose members load themselves on first use and are plain functions from then on, or what always throws. */
function lazyFunctions<D extends Readonly<Record<string, Declaration>>>(
  declarations: D,
  library: () => { readonly handle: Library; readonly title: string },
): Functions<D> {
  const functions: object = {};
  for (const [name, [result, ...parameters]] of Object.entries(declarations)) {
    const load = (): PropertyDescriptor => {
      const { handle, title } = library();
      try {
        const call: AnyFunction = handle.func(name, scalarType(result), parameters.map(scalarType));
        return { value: guarded(call, parameters) };
      } catch (cause) {
        return {
          get() {
            throw new LibraryError(missingFunction(name, title), { cause });
          },
        };
      }
    };
    Object.defineProperty(functions, name, {
      configurable: true,
      get() {
        Object.defineProperty(functions, name, load());
        return Reflect.get(functions, name);
      },
    });
  }
  // The one place where C meets TypeScript: what stands behind each name is what c.ts says.
  return functions as Functions<D>;
}

/** Loads all members at once, those that are missing as what throws. */
function loadAll(functions: object): void {
  for (const name of Object.getOwnPropertyNames(functions)) {
    try {
      Reflect.get(functions, name);
    } catch (error) {
      if (!(error instanceof LibraryError)) throw error;
    }
  }
}

let libcHandle: Library | undefined;

function loadLibc(): Library {
  if (libcHandle !== undefined) return libcHandle;
  libcHandle = koffi.load(null);
  if (!isMainThread) keepKoffi(libcHandle);
  return libcHandle;
}

// <dlfcn.h>, the same in glibc and musl
const RTLD_NOW = 2;
const RTLD_NODELETE = 0x1000;

/**
 * Keeps koffi's code in the process for good. Node unloads it with the last worker thread that has it; if that was terminated
 * while libbpf printed, libbpf still has koffi's callback.
 */
function keepKoffi(handle: Library): void {
  const file = /^\S+ \S+ \S+ \S+ \S+ +(\/.*\/koffi\.node)$/m.exec(
    readFileSync("/proc/self/maps", "utf8"),
  )?.[1];
  if (file === undefined) return;
  const dlopen: AnyFunction = handle.func("dlopen", "void *", ["str", "int"]);
  dlopen(file, RTLD_NOW | RTLD_NODELETE);
}

/** libc, which is in every process that runs Node. */
export const libc: Libc = lazyFunctions(libcFunctions, () => ({ handle: loadLibc(), title: "libc" }));

/** The lock of libc's `stdin`. */
export const stdinLock: () => Address = once(() =>
  toAddress(koffi.decode(toAddress(loadLibc().symbol("stdin")), "void *")),
);

/** The libbpf that is in use. */
export interface LibbpfInfo {
  /** What was given to the dynamic linker: a path, or a name that it searches for. */
  readonly path: string;
  /** As in "1.5". */
  readonly version: string;
}

interface LoadedLibbpf extends LibbpfInfo {
  readonly handle: Library;
  readonly title: string;
}

let loaded: LoadedLibbpf | undefined;

/** libbpf, loaded by {@link init} or by the first call. */
export const libbpf: Libbpf = lazyFunctions(libbpfFunctions, () => loaded ?? loadLibbpf());

/**
 * Loads libbpf now, and from where you want it. Without it, the first use loads the library that `TINYBPF_LIBBPF`
 * names, or else the system's `libbpf.so.1`.
 *
 * @param path - file of the library, or a name for the dynamic linker to search
 * @returns what was loaded
 * @throws {ValueError} when the path is no string
 * @throws {LibraryError} when there is none, it is older than 1.0, or another one is loaded already
 *
 * @example
 * ```ts
 * init("/opt/libbpf/lib/libbpf.so.1").version; // "1.5"
 * ```
 */
export function init(path?: string): LibbpfInfo {
  if (path !== undefined) text(path, "path");
  if (loaded !== undefined && path !== undefined && path !== loaded.path)
    throw new LibraryError(`cannot load libbpf from ${path}: the one from ${loaded.path} is in use`);
  const { path: from, version } = loaded ?? loadLibbpf(path);
  return { path: from, version };
}

/**
 * The version of libbpf, which is loaded if it is not yet.
 *
 * @returns as in `1.5`
 * @throws {LibraryError} when there is none, or it is older than 1.0
 */
export function libbpfVersion(): string {
  return (loaded ?? loadLibbpf()).version;
}

/** Whether the libbpf in use is older than a version, as in `1.3`. */
export function libbpfOlderThan(version: string): boolean {
  const [major = 0, minor = 0] = libbpfVersion().split(".").map(Number);
  const [needMajor = 0, needMinor = 0] = version.split(".").map(Number);
  return major < needMajor || (major === needMajor && minor < needMinor);
}

/** That something needs a newer libbpf, as a sentence. */
export function needsLibbpf(what: string, version: string): string {
  const { title } = loaded ?? loadLibbpf();
  return `${what} needs libbpf ${version} or newer; ${title} is in use`;
}

const SYSTEM_LIBRARY = "libbpf.so.1";

function loadLibbpf(path?: string): LoadedLibbpf {
  const [from, origin] = chooseLibbpf(path);
  let handle: Library;
  try {
    handle = koffi.load(from);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LibraryError(
      `cannot load libbpf from ${from} (${origin}): ${reason}\n` +
        "Install it (Debian, Ubuntu: apt-get install libbpf1; Fedora: dnf install libbpf; Alpine: apk add libbpf), " +
        "or set TINYBPF_LIBBPF to its path",
      { cause },
    );
  }
  const version = versionOf(handle, from);
  loaded = { path: from, version, handle, title: `libbpf ${version} (${from})` };
  if (!isMainThread) loadForThread();
  return loaded;
}

/**
 * Makes all that koffi has to make for a worker thread now. When a thread is terminated, what creates a function, a callback or
 * a view through N-API fails, and koffi aborts the process then (node-addon-api, Error::ThrowAsJavaScriptException); to call
 * a function that is there takes none of that.
 */
function loadForThread(): void {
  loadAll(libc);
  loadAll(libbpf);
  stdinLock();
  printCallback ??= registerPrint();
}

function chooseLibbpf(path: string | undefined): readonly [path: string, origin: string] {
  if (path !== undefined) return [path, "given to init"];
  const variable = process.env["TINYBPF_LIBBPF"];
  if (variable !== undefined && variable !== "") return [variable, "from TINYBPF_LIBBPF"];
  return [SYSTEM_LIBRARY, "the system's"];
}

function versionOf(handle: Library, from: string): string {
  const functions = lazyFunctions(libbpfFunctions, () => ({ handle, title: from }));
  let version: readonly [major: number, minor: number];
  try {
    version = [functions.libbpf_major_version(), functions.libbpf_minor_version()];
  } catch (cause) {
    throw new LibraryError(`${from} is no libbpf, or one older than 0.6; 1.0 or newer is needed`, { cause });
  }
  if (version[0] < 1)
    throw new LibraryError(`${from} is libbpf ${version.join(".")}; 1.0 or newer is needed`);
  return version.join(".");
}

/** `errno` as the last call left it; to be read before anything else is called. */
export function errno(): number {
  return koffi.errno();
}

/** Whether `mmap` returned `MAP_FAILED`, which is -1 and not NULL. */
export function isMapFailed(address: Address): boolean {
  return BigInt.asIntN(64, koffi.address(address)) === -1n;
}

/** Most that one `ArrayBuffer` can show of C's memory: V8 aborts the process on more. */
const VIEW_LIMIT = 0xffff_ffff;

/**
 * Shows C's memory as an `ArrayBuffer`, without a copy. The caller sees to it that no use of it outlives the memory:
 * that would crash the process. Where a worker thread is terminated in this very call, koffi aborts the process: it is for
 * memory that can be reached in no other way.
 */
export function viewOf(address: Address, length: number): ArrayBuffer {
  if (!Number.isInteger(length) || length <= 0 || length > VIEW_LIMIT)
    throw new RangeError(`cannot show ${length} bytes of memory at once`);
  return koffi.view(address, length);
}

/** Where a buffer's bytes are: for as long as something refers to it. */
export function addressOfBuffer(buffer: ArrayBuffer): Address {
  return toAddress(koffi.address(new Uint8Array(buffer)));
}

/** Copies C's memory. */
export function copyFrom(address: Address, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  if (length > 0) libc.memcpy(addressOfBuffer(bytes.buffer), address, length);
  return bytes;
}

/** Copies into C's memory, which must be that long. */
export function copyTo(address: Address, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  const memory = allocate(bytes.length);
  memory.bytes.set(bytes);
  libc.memcpy(address, memory.address, bytes.length);
  recycle(memory);
}

/** Zeroed memory outside of V8's heap, aligned for any C type, where C finds it at the same place for as long as it exists. */
export class Memory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  readonly #address: Address;

  /** @throws {TinyBpfError} when there is not enough memory */
  constructor(length: number) {
    const buffer = bufferOf(length);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#address = addressOfBuffer(buffer);
  }

  /** @throws {TinyBpfError} when a codec of the user's own has transferred the bytes: they may be freed by now */
  get address(): Address {
    if (this.bytes.length === 0) throw new TinyBpfError("a codec has transferred memory that it was lent");
    return this.#address;
  }
}

function bufferOf(length: number): ArrayBuffer {
  try {
    return new ArrayBuffer(length);
  } catch (cause) {
    throw new TinyBpfError(`out of memory: ${length} bytes are needed at once`, { cause });
  }
}

/**
 * Keeps memory until the code that runs now is done (AddToKeptObjects of ECMAScript): C may be told its address in one line,
 * and use it in the next, when nothing else refers to it.
 */
function keepForNow(memory: Memory): Memory {
  void new WeakRef(memory);
  return memory;
}

/** Memory that was given back, by its size, and how much of it is kept. */
const spare = new Map<number, Memory[]>();
const MOST_SPARE = 4;
const MOST_SIZES = 64;
const LARGEST_SPARE = 256 * 1024;

/**
 * Gives memory back to be allocated again. Nobody has to: but what is left to the garbage collector is freed only when the
 * event loop goes on, and code that runs for long would take more and more. Whoever still refers to its bytes sees those of
 * others.
 */
export function recycle(memory: Memory): void {
  const { length } = memory.bytes;
  const list = spare.get(length) ?? [];
  if (length === 0 || length > LARGEST_SPARE || list.length >= MOST_SPARE || spare.size > MOST_SIZES) return;
  list.push(memory);
  spare.set(length, list);
}

/** Allocates memory. It is freed when nothing refers to its bytes any more. */
export function allocate(size: number): Memory {
  const length = Math.max(size, 1);
  const used = spare.get(length)?.pop();
  if (used === undefined || used.bytes.length === 0) return keepForNow(new Memory(length));
  used.bytes.fill(0);
  return keepForNow(used);
}

// koffi hands pointers out as bigint (or null); the brand is only in our types.
function toAddress(pointer: unknown): Address {
  if (typeof pointer !== "bigint" || pointer === 0n) throw new LibraryError("out of memory");
  return pointer as unknown as Address;
}

/** An address that C told as a number. */
export function addressOf(value: bigint): Address {
  return toAddress(value);
}

/** An address as a number, for C that takes it as one. */
export function addressValue(address: Address): bigint {
  return koffi.address(address);
}

/** The address `at` bytes into memory. */
export function addressIn(memory: Memory, at: number): Address {
  if (!Number.isInteger(at) || at < 0 || at >= memory.bytes.length)
    throw new RangeError(`there is no byte ${at} in ${memory.bytes.length}`);
  return toAddress(koffi.address(memory.address) + BigInt(at));
}

/** Writes a pointer into memory: a member of a struct that C reads. */
export function setPointer(memory: Memory, at: number, value: Address | null): void {
  memory.view.setBigUint64(at, value === null ? 0n : koffi.address(value), true);
}

/** Receives one message of libbpf. `text` formats it when called, and only during the call. */
export type PrintHandler = (level: number, format: string, text: () => string) => void;

let printCallback: Address | undefined;
let printHandler: PrintHandler | undefined;

/**
 * Sends what libbpf prints during `action` to `handler` instead of to stderr. The process's lock must be held.
 *
 * The callback runs inside C: an exception would be swallowed there, so handlers must not throw, and one that does is
 * ignored. libbpf has one callback for the whole process, so it is set for the time of the action only, in which other
 * threads have to wait: koffi would make a call from another thread wait for this one's event loop, and a callback that
 * outlives its thread crashes.
 */
export function withPrint<T>(handler: PrintHandler, action: () => T): T {
  printCallback ??= registerPrint();
  const outer = printHandler;
  const previous = libbpf.libbpf_set_print(printCallback);
  printHandler = handler;
  try {
    return action();
  } finally {
    printHandler = outer;
    libbpf.libbpf_set_print(previous);
  }
}

function registerPrint(): Address {
  const type = koffi.pointer(koffi.proto(`${typePrefix}_print`, "int", ["int", "void *", "void *"]));
  const print = (level: number, format: unknown, args: unknown): number => {
    try {
      const at = toAddress(format);
      printHandler?.(level, koffi.decode.string(at), () => formatMessage(at, toAddress(args)));
    } catch {
      // Nothing may leave a callback, and there is nobody else to tell.
    }
    return 0;
  };
  const callback = koffi.register(print, type);
  // A process has a limited number of them.
  atThreadExit(() => {
    koffi.unregister(callback);
    printCallback = undefined;
  });
  return toAddress(callback);
}

/** Bytes of a `va_list` on x86-64 (24) and arm64 (32), where one is passed to a function as a pointer to it. */
const VA_LIST_SIZE = 32;
const MESSAGE_SIZE = 4096;

const vaList = once(() => allocate(VA_LIST_SIZE));
const message = once(() => allocate(MESSAGE_SIZE));

function formatMessage(format: Address, args: Address): string {
  // vsnprintf uses its va_list up, and a verifier log is longer than any buffer one would have ready: the first try
  // works on a copy, which on these two architectures is what va_copy makes.
  libc.memcpy(vaList().address, args, VA_LIST_SIZE);
  const length = libc.vsnprintf(message().address, MESSAGE_SIZE, format, vaList().address);
  if (length < MESSAGE_SIZE) return koffi.decode.string(message().address);
  const long = allocate(length + 1);
  libc.vsnprintf(long.address, length + 1, format, args);
  return koffi.decode.string(long.address);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Polls a descriptor; see watch.ts, which is what to use. Each is called at most when it changes something. */
export interface PollHandle {
  start(): void;
  stop(): void;
  ref(): void;
  unref(): void;
  close(): void;
}

/**
 * Polls a descriptor in the main thread's event loop: stopped at first, and not keeping the process alive. libuv aborts the
 * process when it cannot be polled: watch.ts makes sure.
 */
export function poll(fd: number, callback: () => void): PollHandle {
  const handle = koffi.node.poll(fd, { readable: true }, callback);
  handle.stop();
  handle.unref();
  return {
    start: () => handle.start({ readable: true }, callback),
    stop: () => handle.stop(),
    ref: () => handle.ref(),
    unref: () => handle.unref(),
    close: () => handle.close(),
  };
}
