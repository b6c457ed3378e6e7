/**
 * The example in the documentation of every skeleton. What is between the markers is copied; `Trace`, `trace` and
 * `./trace.skel.js` become the names of the skeleton at hand. JavaScript is for engines that have no `using` yet.
 */
import type { OpenSkeleton, Skeleton, SkeletonClass, SkeletonConfig } from "tinybpf/gen-v1";

declare const Trace: SkeletonClass<Skeleton, OpenSkeleton<Skeleton>, SkeletonConfig<Skeleton>>;

{
  // #region ts
  using trace = Trace.load(); // opens the object, loads it into the kernel; closed at the end of the block
  trace.attach(); // every program that can attach itself
  // #endregion
}

{
  // #region js
  const trace = Trace.load(); // opens the object, loads it into the kernel
  try {
    trace.attach(); // every program that can attach itself
  } finally {
    trace.close(); // detaches, unmaps, frees
  }
  // #endregion
}
