/** What must not compile about global variables. Nothing here runs. */
import type { Globals } from "../golden/globals.skel.ts";

export function copies(globals: Globals): void {
  const { data, bss } = globals;
  // @ts-expect-error a copy: this would not change the variable
  data.settings.limit = 5;
  // @ts-expect-error nor would this
  data.settings.table[0] = 5;
  // @ts-expect-error nor this
  data.pair[0] = data.settings;
  // @ts-expect-error nor this
  bss.histogram[0] = 1;
  // @ts-expect-error nor this
  bss.histogram.fill(1);

  data.settings = { ...data.settings, limit: 5 };
  data.pair = [data.settings, { ...data.settings, table: [1, 2, 3] }];
  bss.histogram = Uint32Array.from(bss.histogram, (count) => count + 1);
  const first: number | undefined = bss.histogram[0];
  const count: number = bss.histogram.length + (first ?? 0);
  bss.histogram = Array.from({ length: 8 }, () => count);
}
