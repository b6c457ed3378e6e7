/** System calls of this process itself, on the thread that calls. */
import koffi from "koffi";

/** A system call that does nothing. */
export const getpid: () => number = koffi.load(null).func("getppid", "int", []);
