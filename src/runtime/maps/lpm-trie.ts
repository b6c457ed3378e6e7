/** `BPF_MAP_TYPE_LPM_TRIE` */
import { text as textOf } from "../arguments.ts";
import { codec, type Codec } from "../codec/codec.ts";
import { TinyBpfError, ValueError } from "../errors.ts";
import { KeyedMap } from "./keyed.ts";
import { formatPrefix, parsePrefix } from "./lpm-prefix.ts";
import type { MapDescriptor, MapHandle } from "./map.ts";

/** `__u32 prefixlen`, in the byte order of the machine (include/uapi/linux/bpf.h, struct bpf_lpm_trie_key_hdr). */
const PREFIX_LENGTH = 4;

/**
 * A map from prefixes to values, in which looking up finds the longest prefix that matches.
 *
 * A key is a struct that starts with `__u32 prefixlen`, in bits, followed by the data in network byte order. Where the
 * data are an IPv4 address (4 bytes) or an IPv6 address (16), a key may also be given as text: `"10.0.0.0/8"`, or
 * `"10.1.2.3"` for all its bits.
 *
 * `get` and `has` look for the longest prefix that contains the key; `set`, `update` and `delete` are about exactly the
 * key. Iterating goes key by key, since a walk in batches starts over when the key it stands on is deleted; what comes
 * or goes meanwhile may be seen or not. Needs Linux 4.11, and 4.16 to iterate.
 *
 * @example
 * ```ts
 * firewall.maps.routes.set("10.0.0.0/8", 1).set("10.1.0.0/16", 2);
 * firewall.maps.routes.get("10.1.2.3"); // 2
 * for (const [key, value] of firewall.maps.routes) console.log(firewall.maps.routes.text(key), value);
 * ```
 */
export class LpmTrieMap<K, V, KI = K, VI = V> extends KeyedMap<K, V, KI | string, VI> {
  readonly #handle: MapHandle;
  readonly #key: Codec<K, KI>;

  /** @internal */
  constructor(handle: MapHandle, key: Codec<K, KI>, value: Codec<V, VI>) {
    super(handle, textOr(key), value, "keys");
    this.#handle = handle;
    this.#key = key;
  }

  /**
   * The key of a prefix that is given as text. Bits behind the prefix are cleared.
   *
   * @throws {ValueError} when it is no prefix, or the map's keys hold addresses of another length
   */
  key(prefix: string): K {
    const bytes = new Uint8Array(this.#key.size);
    writePrefix(new DataView(bytes.buffer), 0, this.#key, textOf(prefix, "prefix"));
    return this.#key.decode(bytes);
  }

  /**
   * A key as text, such as `10.0.0.0/8`.
   *
   * @throws {TinyBpfError} when the map's keys hold no IP addresses
   */
  text(key: KI): string {
    const bytes = this.#key.encode(key);
    const address = bytes.slice(PREFIX_LENGTH);
    if (address.length !== 4 && address.length !== 16)
      throw new TinyBpfError(
        `${this.#handle.title} has no IP addresses: its keys hold ${address.length} bytes`,
      );
    return formatPrefix({ length: new DataView(bytes.buffer).getUint32(0, true), address });
  }
}

/** A key's codec that also takes text. */
function textOr<K, KI>(key: Codec<K, KI>): Codec<K, KI | string> {
  return codec<K, KI | string>({
    name: key.name,
    size: key.size,
    align: key.align,
    type: key.type,
    read: key.read,
    write: (view, at, value) =>
      typeof value === "string" ? writePrefix(view, at, key, value) : key.write(view, at, value),
  });
}

function writePrefix(view: DataView, at: number, key: { readonly size: number }, text: string): void {
  const { length, address } = parsePrefix(text);
  if (address.length !== key.size - PREFIX_LENGTH)
    throw new ValueError(
      `${JSON.stringify(text)} has ${address.length} bytes, but the map's keys hold ${key.size - PREFIX_LENGTH}`,
    );
  view.setUint32(at, length, true);
  new Uint8Array(view.buffer, view.byteOffset + at + PREFIX_LENGTH, address.length).set(address);
}

/** Describes a trie of longest prefixes. */
export function lpmTrieMap<K, KI, V, VI>(
  key: Codec<K, KI>,
  value: Codec<V, VI>,
): MapDescriptor<LpmTrieMap<K, V, KI, VI>> {
  return {
    types: ["lpm_trie"],
    keySize: key.size,
    valueSize: value.size,
    create: (handle) => new LpmTrieMap(handle, key, value),
  };
}
