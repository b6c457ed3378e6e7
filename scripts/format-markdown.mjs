// Documents that commands write are formatted like those written by hand.

/**
 * @param {string} path where it will be
 * @param {string} text
 * @returns {Promise<string>}
 */
export async function formatMarkdown(path, text) {
  // The commands that call this install the packages first, so that a fresh clone needs no other command.
  const { format, resolveConfig } = await import("prettier");
  return format(text, { ...(await resolveConfig(path)), filepath: path, parser: "markdown" });
}
