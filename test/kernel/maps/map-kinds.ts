/** The fixture with every kind of map, without those that this kernel does not have. */
import { MapKinds } from "../../golden/map_kinds.skel.ts";
import { lacking, linux } from "../this-kernel.ts";

/** When the kinds came that are younger than the oldest kernel we run on. */
const since = { of_tasks: "5.12", bloom: "5.16", of_cgroups: "6.2" } as const;

export type LoadOptions = Pick<NonNullable<Parameters<typeof MapKinds.load>[0]>, "rodata" | "maps">;

export function loadMapKinds(options: LoadOptions = {}): MapKinds {
  const missing = Object.entries(since).filter(([, version]) => lacking(linux(version)) !== undefined);
  const maps = Object.fromEntries(missing.map(([name]) => [name, { autocreate: false }]));
  // It uses the storage of tasks.
  const programs = "of_tasks" in maps ? { on_syscall: { autoload: false } } : {};
  return MapKinds.load({ ...options, maps: { ...options.maps, ...maps }, programs });
}
