/** As much of picomatch as tinyglobby's types refer to: it has none of its own, and nothing here calls it. */
declare module "picomatch" {
  export default function picomatch(glob: string | string[], options?: object): (test: string) => boolean;
}
