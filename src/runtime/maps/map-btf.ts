/** The BTF that the kernel keeps for a map: `struct bpf_btf_info` (include/uapi/linux/bpf.h). */
import { check } from "../log.ts";
import { allocate, libbpf, libc, setPointer } from "../native.ts";
import { byIdHint } from "../pin-hint.ts";

/** Up to `id`. */
const SIZE = 16;
const BTF_SIZE = 8;

/**
 * The bytes of a BTF in the kernel. Needs CAP_SYS_ADMIN.
 *
 * @param id - as `struct bpf_map_info` has it
 * @throws {BpfError} when the kernel refuses
 */
export function readKernelBtf(id: number): Uint8Array<ArrayBuffer> {
  const fd = check(`open BTF ${id} of the kernel`, () => libbpf.bpf_btf_get_fd_by_id(id), byIdHint);
  try {
    const info = allocate(SIZE);
    readInfo(fd, id, info);
    const bytes = allocate(info.view.getUint32(BTF_SIZE, true));
    setPointer(info, 0, bytes.address);
    readInfo(fd, id, info);
    return bytes.bytes.slice();
  } finally {
    libc.close(fd);
  }
}

/** The kernel fills the size in, and with room for it the bytes. */
function readInfo(fd: number, id: number, info: ReturnType<typeof allocate>): void {
  const length = allocate(4);
  length.view.setUint32(0, SIZE, true);
  check(`read BTF ${id} of the kernel`, () =>
    libbpf.bpf_obj_get_info_by_fd(fd, info.address, length.address),
  );
}
