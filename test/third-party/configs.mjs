// What the tools' own user space sets before it loads them.
export const configs = {};
