/** BPF file systems, where pins are. */
import { statfsSync } from "node:fs";

/** linux/magic.h */
const BPF_FS_MAGIC = 0xcafe_4a11;

/** Whether a file or folder is in a BPF file system. @throws when it cannot be looked at */
export function isInBpffs(path: string): boolean {
  return statfsSync(path).type === BPF_FS_MAGIC;
}
