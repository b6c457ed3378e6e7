/** From what generated code says about an object to the class that users see. */
import { assertObject } from "./arguments.ts";
import { type Config, openOptions } from "./configure.ts";
import type { Descriptor } from "./open-parts.ts";
import { OpenedSkeleton } from "./open-skeleton.ts";
import type {
  OpenSkeleton,
  Skeleton,
  SkeletonClass,
  SkeletonConfig,
  SkeletonDescriptor,
} from "./skeleton-types.ts";

/**
 * Makes the class of a skeleton.
 *
 * Behind the types there is one class for opened and one for loaded objects. Their members are made from the
 * descriptor, which the compiler has checked against `S`: the casts below rely on that, and on nothing else.
 */
export function skeleton<S extends Skeleton, O extends OpenSkeleton<S>, C extends SkeletonConfig<S>>(
  descriptor: SkeletonDescriptor<S>,
): SkeletonClass<S, O, C> {
  const untyped = descriptor as unknown as Descriptor;
  return {
    name: descriptor.name,
    open(options) {
      return new OpenedSkeleton(untyped, options) as unknown as O;
    },
    load(config) {
      const settings = (config ?? {}) as unknown as Config;
      assertObject(settings, "config");
      const open = new OpenedSkeleton(untyped, openOptions(settings));
      try {
        open.configure(settings);
        return open.load() as unknown as S;
      } finally {
        open.close();
      }
    },
  };
}
