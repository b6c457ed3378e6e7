/** Types that several tests use. */
import { le, type Codec } from "tinybpf";

/** An enum of 8 bytes with a value that no number has. */
export const LargeEnum: Codec<bigint> = le.enumeration64<bigint>("enum large", false, {
  NONE: 0n,
  TOP: 2n ** 63n,
});
