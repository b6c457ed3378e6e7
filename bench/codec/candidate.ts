/** One way of doing one thing with one of the samples; what it returns is kept, so that it has to be done. */
export type Operation = (sample: number) => unknown;
